package ledger

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"testing"

	"crypto/sha256"

	"github.com/emmansun/gmsm/sm3"
	"github.com/transparency-dev/merkle/proof"
	"pgregory.net/rapid"
)

// definition is MTH of RFC 6962 §2.1, word by word.
func definition(h func() hash.Hash, leaves [][]byte) []byte {
	d := h()
	switch n := len(leaves); n {
	case 0:
	case 1:
		d.Write([]byte{0})
		d.Write(leaves[0])
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		d.Write([]byte{1})
		d.Write(definition(h, leaves[:k]))
		d.Write(definition(h, leaves[k:]))
	}
	return d.Sum(nil)
}

func mustHasher(name string) Hasher {
	h, err := NewHasher(name)
	if err != nil {
		panic(err)
	}
	return h
}

// grown is a tree with all of its tiles.
func grown(h Hasher, leaves [][]byte) (*tree, fetch) {
	t := &tree{hasher: h}
	tiles := map[tileID][]byte{}
	for _, leaf := range leaves {
		t.add(h.HashLeaf(leaf), func(id tileID, hashes []byte) { tiles[id] = hashes })
	}
	t.each(func(id tileID, hashes []byte) { tiles[id] = hashes })
	return t, func(id tileID) ([]byte, error) { return tiles[id], nil }
}

func numbered(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = binary.BigEndian.AppendUint32(nil, uint32(i))
	}
	return out
}

// The eight leaves and the roots of certificate-transparency's reference tests.
func TestReferenceRoots(t *testing.T) {
	texts := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var leaves [][]byte
	for i, want := range roots {
		tr, _ := grown(mustHasher("sha256"), leaves)
		if got := hex.EncodeToString(tr.root()); got != want {
			t.Errorf("root of %d leaves is %s", i, got)
		}
		if i < len(texts) {
			leaf, _ := hex.DecodeString(texts[i])
			leaves = append(leaves, leaf)
		}
	}
}

func TestRootsAreByDefinition(t *testing.T) {
	for _, c := range []struct {
		name string
		hash func() hash.Hash
	}{{"sm3", sm3.New}, {"sha256", sha256.New}} {
		for _, n := range []int{0, 1, 2, 3, 255, 256, 257, 511, 512, 1000} {
			tr, _ := grown(mustHasher(c.name), numbered(n))
			if want := definition(c.hash, numbered(n)); !bytes.Equal(tr.root(), want) {
				t.Errorf("%s root of %d leaves differs", c.name, n)
			}
		}
	}
	// GB/T 32905-2016 appendix A.1, behind the empty tree: H of nothing.
	if got := hex.EncodeToString(mustHasher("sm3").EmptyRoot()); got != "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b" {
		t.Errorf("the empty SM3 root is %s", got)
	}
}

// Three levels of tiles, without hashing 16 million leaves: a leaf hash may be
// anything.
func TestRestoreGoesOnWhereTheTreeEnded(t *testing.T) {
	h := mustHasher("sha256")
	for _, n := range []int{1, 256, 65535, 65536, 65537, 70000} {
		tr := &tree{hasher: h}
		tiles := map[tileID][]byte{}
		keep := func(id tileID, hashes []byte) { tiles[id] = bytes.Clone(hashes) }
		leaf := make([]byte, HashSize)
		for i := range n {
			binary.BigEndian.PutUint32(leaf, uint32(i))
			tr.add(leaf, keep)
		}
		tr.each(keep)
		again, err := restore(h, uint64(n), func(id tileID) ([]byte, error) { return tiles[id], nil })
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			tr.add(leaf, keep)
			again.add(leaf, keep)
		}
		if !bytes.Equal(tr.root(), again.root()) || tr.size != again.size {
			t.Errorf("after %d leaves the restored tree is another", n)
		}
	}
	if _, err := restore(h, 300, func(tileID) ([]byte, error) { return nil, nil }); err == nil {
		t.Error("a tree was restored from nothing")
	}
}

func TestProofsHoldAndOthersDoNot(t *testing.T) {
	h := mustHasher("sm3")
	leaves := numbered(1500)
	_, get := grown(h, leaves)
	rapid.Check(t, func(r *rapid.T) {
		size := uint64(rapid.IntRange(1, len(leaves)).Draw(r, "size"))
		pos := uint64(rapid.Uint64Range(1, size).Draw(r, "pos"))
		root, err := rootAt(h, size, get)
		if err != nil {
			r.Fatal(err)
		}
		path, err := inclusion(h, pos, size, get)
		if err != nil {
			r.Fatal(err)
		}
		leaf := h.HashLeaf(leaves[pos-1])
		if err := VerifyInclusion(h, pos, size, leaf, path, root); err != nil {
			r.Fatalf("inclusion of %d in %d: %v", pos, size, err)
		}
		if VerifyInclusion(h, pos, size, h.HashLeaf([]byte("other")), path, root) == nil {
			r.Fatal("another leaf was proved")
		}
		if size > 1 && VerifyInclusion(h, pos%size+1, size, leaf, path, root) == nil {
			r.Fatal("another place was proved")
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		to := uint64(rapid.IntRange(1, len(leaves)).Draw(r, "to"))
		from := uint64(rapid.Uint64Range(1, to).Draw(r, "from"))
		list, err := proof.Consistency(from, to)
		if err != nil {
			r.Fatal(err)
		}
		path, err := prove(h, list, get)
		if err != nil {
			r.Fatal(err)
		}
		old, _ := rootAt(h, from, get)
		root, _ := rootAt(h, to, get)
		if err := VerifyConsistency(h, from, to, path, old, root); err != nil {
			r.Fatalf("consistency of %d and %d: %v", from, to, err)
		}
		if VerifyConsistency(h, from, to, path, h.HashLeaf(old), root) == nil {
			r.Fatal("a false beginning was proved")
		}
	})
}

// A record has one form: what parse takes is what appendRecord writes.
func TestRecordsHaveOneForm(t *testing.T) {
	h := mustHasher("sha256")
	l := leaf{pos: 12, source: "x", ref: "a/1", hash: h.HashLeaf(nil)}
	for _, c := range []struct {
		gone  bool
		proof []byte
	}{{false, nil}, {true, nil}, {false, []byte{}}, {false, h.HashLeaf(nil)}} {
		line := appendRecord(nil, l, []byte("data"), c.gone, c.proof)
		var r record
		if err := r.parse(line[:len(line)-1]); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if r.pos != 12 || string(r.ref) != "a/1" || r.gone != c.gone || !bytes.Equal(r.hash, l.hash) {
			t.Errorf("%s gave %+v", line, r)
		}
	}
	good := string(bytes.TrimSpace(appendRecord(nil, l, []byte("data"), false, nil)))
	for _, bad := range []string{"", "{}", good + " ", " " + good, good[:len(good)-1],
		fmt.Sprintf(`{"pos":%d%s`, 0, good[9:]), fmt.Sprintf(`{"pos":012%s`, good[9:]), fmt.Sprintf(`{"pos":-1%s`, good[9:]),
		`{"pos":99999999999999999999` + good[9:], good[:len(good)-4] + `Z=="}`,
		bytesReplace(good, `"ref":"a/1"`, `"ref":"a 1"`), bytesReplace(good, `"ref":"a/1"`, `"ref":""`),
		bytesReplace(good, `"source"`, `"Source"`), bytesReplace(good, `"data":"`, `"data":"\n`)} {
		var r record
		if r.parse([]byte(bad)) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func bytesReplace(s, from, to string) string {
	return string(bytes.Replace([]byte(s), []byte(from), []byte(to), 1))
}
