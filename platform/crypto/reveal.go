package crypto

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"zhian/platform/fault"
	"zhian/platform/sqldb"
)

// Codes of purposes for which a person may see a personal field: a closed set.
const (
	CallBack     = "call_back"     // to speak with the person about their call
	SafetyCheck  = "safety_check"  // somebody may be in danger
	Correction   = "correction"    // the person asks, or the data is wrong
	CaseHandling = "case_handling" // to deal with the incident that it belongs to
	LegalRequest = "legal_request" // a written order; its number belongs in the note
	SystemTest   = "system_test"   // made-up data of a test
)

// PurposeCodes are all of them.
func PurposeCodes() []string {
	return []string{CallBack, SafetyCheck, Correction, CaseHandling, LegalRequest, SystemTest}
}

// MaxNote is the longest note of a purpose, in characters.
const MaxNote = 200

// Purpose is why somebody wants to see a field, and who.
type Purpose struct {
	Code string // one of the codes above
	Note string // free, at most MaxNote characters, no control characters
	By   string // user id
}

func (p Purpose) check() error {
	if !slices.Contains(PurposeCodes(), p.Code) {
		return fault.At("/purpose", "crypto.purpose_required")
	}
	if p.By == "" {
		return fault.New(fault.Invalid, "crypto.revealer_required")
	}
	bad := func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }
	if utf8.RuneCountInString(p.Note) > MaxNote || slices.ContainsFunc([]rune(p.Note), bad) {
		return fault.At("/note", "crypto.note_malformed")
	}
	return nil
}

// Witness keeps who saw what and why; its error keeps the field sealed.
type Witness interface {
	Revealed(tx *sqldb.Tx, subject, field string, p Purpose) error
}

// Reveal shows a field to a person. Without a purpose it is fault Invalid
// "crypto.purpose_required"; otherwise as Open. The witness writes first, in tx,
// so nobody sees a field without a trace: tx must be one that may write.
func Reveal[T any](v *Vault, tx *sqldb.Tx, s Sealed[T], p Purpose) (plain T, err error) {
	if err := p.check(); err != nil {
		return plain, err
	}
	if s.IsZero() {
		return plain, fault.New(fault.NotFound, "crypto.empty")
	}
	h, _, _, err := s.box.split()
	if err != nil {
		return plain, err
	}
	if err := v.witness.Revealed(tx, h.subject, h.field, p); err != nil {
		return plain, err
	}
	return Open(v, tx, s)
}
