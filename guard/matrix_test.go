package guard

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"zhian/app/apptest"
	"zhian/module/access"
	"zhian/platform/httpapi"
)

var update = flag.Bool("update", false, "write the golden matrix anew")

const matrixFile = "testdata/matrix.txt"

// TestMatrix compares what each role may ask of each route, by the decision that
// requests are decided with, to the table that was reviewed. A change that was
// meant is accepted by: make golden
func TestMatrix(t *testing.T) {
	h := apptest.New(t, "")
	roles := slices.Sorted(maps.Keys(access.Roles))
	people := map[string]string{access.RoleSystemAdmin: "system", access.RoleSecurityAdmin: "security", access.RoleAuditAdmin: "audit"}
	for _, role := range roles {
		if people[role] == "" {
			people[role] = "a-" + strings.ReplaceAll(role, "_", "-")
			h.Staff(people[role], role, h.Root())
		}
	}
	list := h.API.Routes()
	slices.SortFunc(list, func(a, b httpapi.Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	may := func(r httpapi.Route, role string) bool {
		return r.Public || h.Access.Can(httpapi.Principal{UserID: h.IDOf(people[role])}, r.Perm, "")
	}
	made := matrix(list, roles, may)
	if *update {
		if err := os.WriteFile(matrixFile, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	reviewed, err := os.ReadFile(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range changes(string(reviewed), made) {
		t.Errorf("%s\nif this was meant: make golden", d)
	}
	if found := changes(made, strings.Replace(made, "✘", "✔", 1)); len(found) != 1 {
		t.Errorf("a planted permission was found as %q", found)
	}
	asked(t, h, list, roles, people, may)
}

// matrix has a line for each route and a column for each role.
func matrix(list []httpapi.Route, roles []string, may func(httpapi.Route, string) bool) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-68s %s\n", "route", strings.Join(roles, " "))
	for _, r := range list {
		line := fmt.Sprintf("%-68s", r.Pattern)
		for _, role := range roles {
			mark := "✘"
			if may(r, role) {
				mark = "✔"
			}
			line += " " + mark + strings.Repeat(" ", len(role)-1)
		}
		fmt.Fprintln(&out, strings.TrimRight(line, " "))
	}
	return out.String()
}

// changes are the lines in which two tables differ.
func changes(before, after string) (list []string) {
	old, fresh := strings.Split(before, "\n"), strings.Split(after, "\n")
	for _, line := range fresh {
		if !slices.Contains(old, line) {
			list = append(list, "new:  "+line)
		}
	}
	for _, line := range old {
		route, _, _ := strings.Cut(line, "  ")
		if !slices.ContainsFunc(fresh, func(f string) bool { return strings.HasPrefix(f, route+"  ") || f == line }) {
			list = append(list, "gone: "+line)
		}
	}
	return list
}

// asked lets each role ask for each route: whoever may not is refused for just
// that, whoever may is refused for something else at most.
func asked(t *testing.T, h *apptest.House, list []httpapi.Route, roles []string, people map[string]string, may func(httpapi.Route, string) bool) {
	for _, r := range list {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if strings.HasSuffix(path, "/logout") {
			continue // it would take the other questions with it
		}
		for strings.Contains(path, "{") {
			path = path[:strings.Index(path, "{")] + "1" + path[strings.Index(path, "}")+1:]
		}
		for _, role := range roles {
			a := h.Send(people[role], method, path, "")
			refused := a.Status == 403 && strings.Contains(string(a.Body), `"request.forbidden"`)
			if refused == may(r, role) {
				t.Errorf("%s as %s: %d %s", r.Pattern, role, a.Status, a.Body)
			}
			if a.Status >= 500 {
				t.Errorf("%s as %s: %d %s", r.Pattern, role, a.Status, a.Body)
			}
		}
	}
}
