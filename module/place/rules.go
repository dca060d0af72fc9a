package place

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"zhian/platform/fault"
	"zhian/platform/geo"
)

// Limits of what may be said about a place.
const (
	MaxUncertainty = 5_000                // metres; a worse point is no point
	maxAliases     = 20                   //
	maxNote        = 500                  // characters
	maxHazardLife  = 366 * 24 * time.Hour // renewed at least yearly, or not believed
	HazardReach    = 60.0                 // metres within which a hazard concerns a point
)

const (
	tieScore     = 0.08  // scores closer than this do not decide
	tieMeters    = 100.0 // places closer than this are one for who has to go there
	faintScore   = 0.2   // below it a candidate is noise
	settledScore = 0.6   // below it a first candidate does not stand for the answer
)

// judge puts candidates in order, drops the faint and the repeated, and tells
// whether a person must choose.
func judge(found []Candidate, limit int) (out []Candidate, ambiguous bool) {
	slices.SortStableFunc(found, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Uncertainty, b.Uncertainty),
			cmp.Compare(a.Town, b.Town), cmp.Compare(a.Village, b.Village), cmp.Compare(a.Name, b.Name), cmp.Compare(a.PlaceID, b.PlaceID))
	})
	seen := map[string]bool{}
	out = []Candidate{}
	for _, c := range found {
		key := cmp.Or(c.PlaceID, strings.Join([]string{c.Town, c.Village, c.Name}, "/"))
		if c.Score < faintScore || seen[key] {
			continue
		}
		seen[key] = true
		c.Score = math.Round(c.Score*1000) / 1000
		out = append(out, c)
	}
	return out[:min(limit, len(out))], tied(out)
}

// tied reports whether another place fits as well as the first.
func tied(sorted []Candidate) bool {
	if len(sorted) == 0 {
		return false
	}
	first := sorted[0]
	for _, c := range sorted[1:] {
		if first.Score-c.Score >= tieScore {
			return false
		}
		if apart(first, c) {
			return true
		}
	}
	return false
}

// apart reports whether two candidates send people to different places. A street
// and a door in it are one matter, and so is what lies side by side.
func apart(a, b Candidate) bool {
	if a.Point == nil || b.Point == nil {
		return a.Town != b.Town || a.Village != b.Village || a.Name != b.Name
	}
	return geo.Distance(*a.Point, *b.Point) > max(tieMeters, min(a.Uncertainty, b.Uncertainty))
}

// Settled is the candidate that stands for the answer, if one does: the first,
// when nothing ties with it and its score is 0.6 or more. Take no other without
// asking a person.
func (l Located) Settled() (Candidate, bool) {
	if l.Ambiguous || len(l.Candidates) == 0 || l.Candidates[0].Score < settledScore {
		return Candidate{}, false
	}
	return l.Candidates[0], true
}

// toPoint takes a point in at the door: it must lie on earth and say its datum.
func toPoint(p geo.Point, d geo.Datum, path string) (geo.Point, error) {
	switch {
	case !d.Valid():
		return p, fault.At("/datum", "place.datum_required")
	case !p.Valid() || p == (geo.Point{}):
		return p, fault.At(path, "place.point_invalid")
	}
	return geo.Convert(p, d), nil
}

// Draft is what is said of an address by who enters it.
type Draft struct {
	Name        string    `json:"name" required:"true" max:"200"`
	Town        string    `json:"town" max:"50"`
	Village     string    `json:"village" max:"50"`
	Point       geo.Point `json:"point" required:"true"`
	Datum       geo.Datum `json:"datum" required:"true" enum:"wgs84,cgcs2000,gcj02,bd09"`
	Uncertainty float64   `json:"uncertainty_m" min:"0" max:"5000"`
	Source      string    `json:"source" max:"100"`
	Aliases     []string  `json:"aliases" max:"20" items:"max:\"200\""`
}

// settle makes an address of a draft: texts checked, point in WGS-84, town and
// village by their names in the list of divisions. Paths of faults are those of
// Draft.
func (lx *lexicon) settle(d Draft) (a Address, err error) {
	cleaned, err := Clean(d.Name, "/name")
	if err != nil {
		return a, err
	}
	if cleaned == "" {
		return a, fault.At("/name", "place.name_required")
	}
	a = Address{Name: strings.TrimSpace(d.Name), Datum: d.Datum, Source: d.Source, Uncertainty: d.Uncertainty, Aliases: []string{}}
	if a.Point, err = toPoint(d.Point, d.Datum, "/point"); err != nil {
		return a, err
	}
	if !(d.Uncertainty >= 0 && d.Uncertainty <= MaxUncertainty) {
		return a, fault.At("/uncertainty_m", "place.uncertainty_out_of_range")
	}
	if a.Town, a.Village, err = lx.divisionsOf(d, cleaned); err != nil {
		return a, err
	}
	if a.Aliases, err = cleanAliases(d.Aliases); err != nil {
		return a, err
	}
	a.identity = lx.identity(a.Town, cleaned)
	return a, nil
}

func cleanAliases(aliases []string) ([]string, error) {
	out := []string{}
	if len(aliases) > maxAliases {
		return nil, fault.At("/aliases", "place.too_many_aliases")
	}
	for _, alias := range aliases {
		cleaned, err := Clean(alias, "/aliases")
		if err != nil {
			return nil, err
		}
		if cleaned != "" && !slices.Contains(out, cleaned) {
			out = append(out, cleaned)
		}
	}
	return out, nil
}

// divisionsOf is the town and village of a draft: as stated, else as whole names
// in the text say. A stated one must be in the list, if there is a list.
func (lx *lexicon) divisionsOf(d Draft, cleaned string) (town, villageName string, err error) {
	if d.Town != "" {
		named, ok := lx.townNamed(d.Town)
		if !ok && len(lx.towns) > 0 {
			return "", "", fault.At("/town", "place.town_unknown")
		}
		town = cmp.Or(named, d.Town)
	}
	if d.Village != "" {
		named, ok := lx.villageNamed(d.Village, town)
		if !ok && len(lx.villages) > 0 {
			return "", "", fault.At("/village", "place.village_unknown")
		}
		town, villageName = cmp.Or(town, named.town), cmp.Or(named.name, d.Village)
	}
	for _, r := range lx.read(cleaned) {
		if !r.certain() || town != "" && r.town != "" && r.town != town {
			continue
		}
		town = cmp.Or(town, r.town)
		if r.town == town {
			villageName = cmp.Or(villageName, r.village)
		}
		break
	}
	return town, villageName, nil
}

// identity is the text by which two entries of one address are known as one: the
// town and what stands below it.
func (lx *lexicon) identity(town, cleaned string) string {
	below := lx.below(cleaned)[0]
	for _, form := range lx.wholeForms[town] {
		if rest, ok := strings.CutPrefix(below, form); ok && rest != "" {
			return town + "/" + rest
		}
	}
	return town + "/" + below
}

// Correct is the address as the draft says, in its next version; it refuses a
// retired one.
func (a Address) Correct(next Address, by string, now time.Time) (Address, error) {
	if a.RetiredAt != nil {
		return a, fault.New(fault.Conflict, "place.address_retired")
	}
	next.ID, next.Edition, next.UpdatedAt, next.UpdatedBy = a.ID, a.Edition+1, now, by
	return next, nil
}

// Retire takes an address out of use; it stays readable.
func (a Address) Retire(by string, now time.Time) (Address, error) {
	if a.RetiredAt != nil {
		return a, fault.New(fault.Conflict, "place.address_retired")
	}
	a.Edition, a.RetiredAt, a.UpdatedAt, a.UpdatedBy = a.Edition+1, &now, now, by
	return a, nil
}

// Warn makes a hazard; now is the default of its beginning.
func (h Hazard) Warn(by string, now time.Time) (Hazard, error) {
	if h.ValidFrom.IsZero() {
		h.ValidFrom = now
	}
	switch {
	case strings.TrimSpace(h.Note) == "":
		return h, fault.At("/note", "place.note_required")
	case utf8.RuneCountInString(h.Note) > maxNote || !readable(h.Note):
		return h, fault.At("/note", "place.text_invalid")
	case numbersPerson(h.Note):
		return h, fault.At("/note", "place.note_names_a_person")
	case !h.ValidTo.After(h.ValidFrom) || !h.ValidTo.After(now):
		return h, fault.At("/valid_to", "place.ends_before_it_begins")
	case h.ValidTo.Sub(h.ValidFrom) > maxHazardLife:
		return h, fault.At("/valid_to", "place.lasts_too_long")
	}
	h.CreatedBy, h.CreatedAt = by, now
	return h, nil
}

// numbersPerson reports whether a text holds what is a person's number, a mobile
// telephone's (11 digits beginning with 1) or an identity card's (15 or 18, GB
// 11643-1999): a warning is about a place.
func numbersPerson(s string) bool {
	digits := 0
	first := rune(0)
	for _, r := range s + "." {
		switch {
		case r >= '0' && r <= '9':
			if digits++; digits == 1 {
				first = r
			}
			continue
		case digits > 0 && (r == ' ' || r == '-'):
			continue // as they are often written
		case digits == 11 && first == '1', digits == 15, digits == 18, digits == 17 && (r == 'X' || r == 'x'):
			return true
		}
		digits = 0
	}
	return false
}

// readable refuses what could change how a note reads on a screen.
func readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r)
	})
}

// Retire ends a hazard before its time.
func (h Hazard) Retire(by string, now time.Time) (Hazard, error) {
	if h.RetiredAt != nil {
		return h, fault.New(fault.Conflict, "place.hazard_retired")
	}
	h.RetiredAt, h.RetiredBy = &now, by
	return h, nil
}

// Shows reports whether the hazard is to be shown at a moment.
func (h Hazard) Shows(at time.Time) bool {
	return h.RetiredAt == nil && !at.Before(h.ValidFrom) && at.Before(h.ValidTo)
}

// holds reports whether an area is in force at a moment.
func (a Area) holds(at time.Time) bool {
	return !at.Before(a.ValidFrom) && (a.ValidTo == nil || at.Before(*a.ValidTo))
}
