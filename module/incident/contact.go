package incident

import (
	"context"
	"strings"
	"time"

	"zhian/platform/crypto"
	"zhian/platform/fault"
	"zhian/platform/httpapi"
	"zhian/platform/sqldb"
)

// Contact is how the reporter can be called back. It exists in clear only
// between the request and the vault, and in the answer to a Reveal.
type Contact struct {
	Name  string `json:"name" max:"60"`
	Phone string `json:"phone" max:"20"`
}

// contactKept is how long a reporter's contact can be read at most; after that
// its key is destroyed.
const contactKept = 180 * 24 * time.Hour

// contactField names the sealed field to the vault and its witness.
const contactField = "incident.contact"

// subject names whose key seals the contact: the reporter of this incident, and
// nobody across incidents.
func subject(id ID) string { return "incident/" + string(id) }

// mask is what everybody sees who may read the incident.
func (c Contact) mask() string {
	return strings.TrimSpace(crypto.MaskName(c.Name) + " " + crypto.MaskPhone(c.Phone))
}

// seal encrypts a contact under a key of its own. It asks nothing of the
// database: the key must be kept in the transaction of the entry. Both are zero
// for no contact.
func (s *Service) seal(id ID, c *Contact, now time.Time) (sealed crypto.Sealed[Contact], key *crypto.Key, err error) {
	if c == nil || *c == (Contact{}) {
		return sealed, nil, nil
	}
	if key, err = s.Vault.NewKey(subject(id), now.Add(contactKept)); err != nil {
		return sealed, nil, err
	}
	sealed, err = crypto.Seal(key, contactField, *c)
	return sealed, key, err
}

// masked is the incident with a mask of its contact, or word that the time of
// the contact is over. A contact that cannot be opened (it was altered, or the
// master key is another) stays hidden and hides nothing else.
func (s *Service) masked(tx *sqldb.Tx, in Incident) (Incident, error) {
	opened := false
	shown, err := crypto.Masked(s.Vault, tx, in.Reporter, func(c Contact) string {
		opened = true
		return c.mask()
	})
	if strings.HasPrefix(fault.KeyOf(err), "crypto.") {
		return in, nil
	}
	in.ContactGone = in.HasContact && !opened
	in.Reporter, in.HasContact = shown, opened
	return in, err
}

// Revealing asks for the reporter's contact.
type Revealing struct {
	ID      ID     `path:"id"`
	Purpose string `json:"purpose" required:"true" enum:"call_back,safety_check,correction,legal_request"`
	Note    string `json:"note" max:"200"` // a written order's number belongs here
}

// Reveal shows the reporter's contact for a purpose; the vault's witness records
// who asked before anything is shown. Faults: NotFound incident.no_contact when
// there was none, NotFound incident.contact_gone when its time is over.
func (s *Service) Reveal(ctx context.Context, r Revealing) (Contact, error) {
	return sqldb.Write(ctx, s.DB, func(tx *sqldb.Tx) (Contact, error) {
		in, err := s.visible(ctx, tx, r.ID, permReveal)
		if err != nil {
			return Contact{}, err
		}
		if !in.HasContact {
			return Contact{}, fault.New(fault.NotFound, "incident.no_contact")
		}
		c, err := crypto.Reveal(s.Vault, tx, in.Reporter, crypto.Purpose{Code: r.Purpose, Note: r.Note, By: httpapi.Caller(ctx).UserID})
		if fault.KeyOf(err) == "crypto.shredded" {
			return c, fault.New(fault.NotFound, "incident.contact_gone")
		}
		return c, err
	})
}
