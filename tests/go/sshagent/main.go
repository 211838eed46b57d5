// sshagent holds one fresh Ed25519 key for litewitness, which signs by way of an SSH agent and in no other.
//
//	sshagent SOCKET NAME      prints the key's fingerprint, and the verifier key of a witness of that name
package main

import (
	"crypto/ed25519"
	"fmt"
	"log"
	"net"
	"os"

	"filippo.io/torchwood"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	log.SetFlags(0)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	keyring := agent.NewKeyring()
	if err := keyring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		log.Fatal(err)
	}
	listener := must(net.Listen("unix", os.Args[1]))
	signer := must(torchwood.NewCosignatureSigner(os.Args[2], private))
	fmt.Println(ssh.FingerprintSHA256(must(ssh.NewPublicKey(public))))
	fmt.Println(signer.Verifier().String())
	for {
		connection := must(listener.Accept())
		go agent.ServeAgent(keyring, connection)
	}
}
