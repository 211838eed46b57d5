// logcheck judges a published transparency log with other people's code: Go's own note and tlog packages, by which Go
// checks its modules. Nothing of Entente is in here.
//
//	logcheck URL KEY                    the checkpoint, its tiles up to the root, and every entry against its hash
//	logcheck URL KEY INDEX ENTRY-FILE   and that this entry stands at that place, by a proof made from the tiles
//	logcheck URL KEY INDEX ENTRY-FILE PROOF-FILE   the same by a proof that was handed out: base64, one hash a line
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // of tlog-tiles

type tiles struct{ url string }

func (t tiles) Height() int { return height }

// C2SP's paths leave out the height that Go's carry: tile/8/0/000 is tile/0/000 there.
func (t tiles) path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range wanted {
		data, err := get(t.url + t.path(tile))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func get(url string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// The entries of one bundle: each with its length before it, in two bytes.
func entries(bundle []byte) [][]byte {
	var out [][]byte
	for len(bundle) > 0 {
		length := int(binary.BigEndian.Uint16(bundle))
		out = append(out, bundle[2:2+length])
		bundle = bundle[2+length:]
	}
	return out
}

func main() {
	log.SetFlags(0)
	url, key := os.Args[1], os.Args[2]
	verifier := must(note.NewVerifier(strings.TrimSpace(key)))
	opened := must(note.Open(must(get(url+"checkpoint")), note.VerifierList(verifier)))
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		log.Fatalf("the checkpoint is of %q, the key of %q", lines[0], verifier.Name())
	}
	size := must(strconv.ParseInt(lines[1], 10, 64))
	tree := tlog.Tree{N: size, Hash: must(tlog.ParseHash(lines[2]))}

	// Every hash it gives is checked up to the signed root.
	reader := tlog.TileHashReader(tree, tiles{url})
	for first := int64(0); first < size; first += 1 << height {
		width := min(size-first, 1<<height)
		tile := tlog.Tile{H: height, L: -1, N: first >> height, W: int(width)}
		bundle := entries(must(get(url + strings.Replace(tiles{url}.path(tile), "tile/data/", "tile/entries/", 1))))
		var indexes []int64
		for i := range bundle {
			indexes = append(indexes, tlog.StoredHashIndex(0, first+int64(i)))
		}
		for i, hash := range must(reader.ReadHashes(indexes)) {
			if tlog.RecordHash(bundle[i]) != hash {
				log.Fatalf("entry %d does not fit its hash", first+int64(i))
			}
		}
	}
	fmt.Printf("%s: %d entries, all of them under the signature\n", lines[0], size)
	if len(os.Args) < 5 {
		return
	}
	index := must(strconv.ParseInt(os.Args[3], 10, 64))
	hash := tlog.RecordHash(must(os.ReadFile(os.Args[4])))
	proof := must(tlog.ProveRecord(size, index, reader))
	if len(os.Args) > 5 {
		proof = nil
		for line := range strings.Lines(string(must(os.ReadFile(os.Args[5])))) {
			var hash tlog.Hash
			copy(hash[:], must(base64.StdEncoding.DecodeString(strings.TrimSpace(line))))
			proof = append(proof, hash)
		}
	}
	if err := tlog.CheckRecord(proof, size, tree.Hash, index, hash); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("entry %d is in it\n", index)
}
