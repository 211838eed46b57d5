// policycheck judges a checkpoint by a policy with other people's code: torchwood's reading of tlog-policy and of
// cosignatures. Nothing of Entente is in here.
//
//	policycheck POLICY-FILE CHECKPOINT-FILE
package main

import (
	"fmt"
	"log"
	"os"

	"filippo.io/torchwood"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	log.SetFlags(0)
	policy := must(torchwood.ParsePolicy(must(os.ReadFile(os.Args[1]))))
	checkpoint, note, err := torchwood.VerifyCheckpoint(must(os.ReadFile(os.Args[2])), policy)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d entries, enough signatures of %d known ones\n", checkpoint.Origin, checkpoint.N, len(note.Sigs))
	for _, signature := range note.Sigs[1:] {
		fmt.Printf("cosigned by %s\n", signature.Name)
	}
}
