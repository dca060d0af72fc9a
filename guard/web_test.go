package guard

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

// The pages' folders have the modules' names, so that who knows one finds the other.
func TestWebFoldersMirrorModules(t *testing.T) {
	keeps(t, unmirrored, map[string]string{"web/src/module/helpers/x.ts": ""})
	mirrored := fstest.MapFS{"web/src/module/unit/x.ts": {}, "module/unit/unit.go": {}}
	if found := unmirrored(t, mirrored); len(found) > 0 {
		t.Errorf("a folder with its module was found: %q", found)
	}
}

func unmirrored(_ *testing.T, tree fs.FS) (bad []string) {
	folders, err := fs.ReadDir(tree, "web/src/module")
	if err != nil {
		return nil // no pages yet
	}
	for _, f := range folders {
		if _, err := fs.Stat(tree, "module/"+f.Name()); err != nil || !f.IsDir() {
			bad = append(bad, "web/src/module/"+f.Name()+" mirrors no module")
		}
	}
	return bad
}
