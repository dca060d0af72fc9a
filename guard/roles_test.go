package guard

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zhian/app/apptest"
	"zhian/module/access"
)

var permission = regexp.MustCompile(`httpapi\.Perm\s*=\s*"([^"]+)"`)

// asks are the permissions that the sources ask for, of routes or within services.
func asks(t *testing.T, tree fs.FS) (perms []string) {
	t.Helper()
	for _, s := range sources(t, tree) {
		if s.test() {
			continue
		}
		for _, m := range permission.FindAllStringSubmatch(s.text, -1) {
			perms = append(perms, m[1])
		}
	}
	return perms
}

func held(perm string, roles map[string][]string) bool {
	for _, patterns := range roles {
		if slices.ContainsFunc(patterns, func(p string) bool { return matches(p, perm) }) {
			return true
		}
	}
	return false
}

func matches(pattern, perm string) bool {
	prefix, all := strings.CutSuffix(pattern, "*")
	return pattern == perm || all && strings.HasPrefix(perm, prefix)
}

// unheld are permissions that nobody has, permissions that a decision does not
// know and so always refuses, and words in roles that mean nothing.
func unheld(asked, known, open []string, roles map[string][]string) (bad []string) {
	for _, perm := range asked {
		if !slices.Contains(known, perm) {
			bad = append(bad, perm+" is asked for and unknown to decisions: nobody will ever have it")
		}
		if !slices.Contains(open, perm) && !held(perm, roles) {
			bad = append(bad, perm+" is asked for and in no role")
		}
	}
	for role, patterns := range roles {
		for _, p := range patterns {
			if !slices.ContainsFunc(known, func(perm string) bool { return matches(p, perm) }) {
				bad = append(bad, role+" holds "+p+", which nothing asks for")
			}
		}
	}
	return bad
}

// Every permission that is asked for is in some role, and every word in a role
// means a permission that is asked for.
func TestRolesFitWhatIsAskedFor(t *testing.T) {
	h := apptest.New(t, "")
	list, err := h.Access.AllRoles(t.Context(), struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range unheld(asks(t, os.DirFS("..")), list.Permissions, list.Everyone, access.Roles) {
		t.Error(b)
	}
	planted := unheld([]string{"a.read", "b.read", "c.read"}, []string{"a.read", "b.read"}, nil, map[string][]string{"r": {"a.*", "d.*"}})
	if len(planted) != 4 {
		t.Errorf("four faults were planted, found %q", planted)
	}
}
