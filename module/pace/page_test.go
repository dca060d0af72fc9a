package pace

import "testing"

// Whatever a client sends as a cursor is refused or is one that could have been
// handed out.
func FuzzCursor(f *testing.F) {
	for _, text := range []string{"", "!", "MSBhIGI", cursor{1772409570000, []string{"I1", "dispatch"}}.String()} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := readCursor(text, 2)
		if err != nil || text == "" {
			return
		}
		again, err := readCursor(c.String(), 2)
		if err != nil || again.at != c.at || len(c.ids) != 2 || again.ids[0] != c.ids[0] || again.ids[1] != c.ids[1] {
			t.Errorf("%q is %+v, and that again %+v, %v", text, c, again, err)
		}
	})
}
