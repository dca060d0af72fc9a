package ledger

import (
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
)

// A tile is up to 256 neighbouring hashes of one level; level n of tiles holds
// the nodes of height 8n of the tree.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	tileBytes  = tileWidth * HashSize
)

// tileID names a tile.
type tileID struct{ level, idx uint64 }

// fetch reads the hashes of a tile; a tile may hold more hashes than the tree
// size asked about needs, never fewer.
type fetch func(tileID) ([]byte, error)

// tree is the right edge of a Merkle tree: for each level of tiles the hashes of
// the tile that is not full yet. It is all that is needed to grow the tree.
type tree struct {
	hasher Hasher
	size   uint64
	edge   [][]byte
}

// add appends a leaf hash and hands out every tile that it fills.
func (t *tree) add(hash []byte, full func(id tileID, hashes []byte)) {
	t.size++
	for level, n := 0, t.size; ; level++ {
		if level == len(t.edge) {
			t.edge = append(t.edge, make([]byte, 0, tileBytes))
		}
		t.edge[level] = append(t.edge[level], hash...)
		if len(t.edge[level]) < tileBytes {
			return
		}
		n >>= tileHeight
		full(tileID{uint64(level), n - 1}, t.edge[level])
		hash = fold(t.hasher, t.edge[level])
		t.edge[level] = make([]byte, 0, tileBytes)
	}
}

// each hands out the tiles that are not full.
func (t *tree) each(partial func(id tileID, hashes []byte)) {
	for level, hashes := range t.edge {
		if len(hashes) > 0 {
			partial(t.edgeID(level), hashes)
		}
	}
}

func (t *tree) edgeID(level int) tileID {
	return tileID{uint64(level), t.size >> (tileHeight * (level + 1))}
}

// tile is the fetch of the right edge; nothing else is in memory.
func (t *tree) tile(id tileID) ([]byte, error) {
	if id.level < uint64(len(t.edge)) && id == t.edgeID(int(id.level)) {
		return t.edge[id.level], nil
	}
	return nil, fmt.Errorf("tile %d/%d is not at the right edge", id.level, id.idx)
}

// root is the tree's hash. Every subtree it is made of ends in an edge tile.
func (t *tree) root() []byte {
	root, err := rootAt(t.hasher, t.size, t.tile)
	if err != nil {
		panic(err) // add keeps the edge as long as size says
	}
	return root
}

// restore reads the right edge of a tree of the given size.
func restore(h Hasher, size uint64, get fetch) (*tree, error) {
	t := &tree{hasher: h, size: size}
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		hashes := make([]byte, 0, tileBytes)
		if width := size >> (tileHeight * level) % tileWidth; width > 0 {
			stored, err := part(get, t.edgeID(level), 0, width)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, stored...)
		}
		t.edge = append(t.edge, hashes)
	}
	return t, nil
}

// fold is the root of a full tile, or of an aligned power of two of its hashes.
func fold(h Hasher, hashes []byte) []byte {
	row := append([]byte(nil), hashes...)
	for len(row) > HashSize {
		for i := 0; i < len(row); i += 2 * HashSize {
			node := h.node(row[i:i+HashSize], row[i+HashSize:i+2*HashSize])
			copy(row[i/2:], node[:])
		}
		row = row[:len(row)/2]
	}
	return row
}

// part is some hashes of a tile, which must hold them.
func part(get fetch, id tileID, first, width uint64) ([]byte, error) {
	hashes, err := get(id)
	if err != nil {
		return nil, err
	}
	if uint64(len(hashes)) < (first+width)*HashSize || len(hashes)%HashSize != 0 {
		return nil, fmt.Errorf("tile %d/%d holds %d bytes, needs hash %d", id.level, id.idx, len(hashes), first+width)
	}
	return hashes[first*HashSize : (first+width)*HashSize], nil
}

// node is the hash of a complete subtree.
func node(h Hasher, id compact.NodeID, get fetch) ([]byte, error) {
	level, rise := id.Level/tileHeight, id.Level%tileHeight
	first := id.Index << rise
	hashes, err := part(get, tileID{uint64(level), first / tileWidth}, first%tileWidth, 1<<rise)
	if err != nil {
		return nil, err
	}
	return fold(h, hashes), nil
}

func nodes(h Hasher, ids []compact.NodeID, get fetch) ([][]byte, error) {
	out := make([][]byte, 0, len(ids))
	for _, id := range ids {
		hash, err := node(h, id, get)
		if err != nil {
			return nil, err
		}
		out = append(out, hash)
	}
	return out, nil
}

// rootAt is the hash of the tree's first size leaves.
func rootAt(h Hasher, size uint64, get fetch) ([]byte, error) {
	if size == 0 {
		return h.EmptyRoot(), nil
	}
	hashes, err := nodes(h, compact.RangeNodes(0, size, nil), get)
	if err != nil {
		return nil, err
	}
	root := hashes[len(hashes)-1]
	for i := len(hashes) - 2; i >= 0; i-- {
		root = h.HashChildren(hashes[i], root)
	}
	return root, nil
}

// prove computes what a proof's node list names.
func prove(h Hasher, list proof.Nodes, get fetch) ([][]byte, error) {
	hashes, err := nodes(h, list.IDs, get)
	if err != nil {
		return nil, err
	}
	return list.Rehash(hashes, h.HashChildren)
}
