// A registry with the Referrers API (OCI distribution 1.1) from go-containerregistry's package: `crane registry serve`
// leaves that API off.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	// #nosec G114: it serves one test on loopback
	log.Fatal(http.ListenAndServe(os.Args[1], registry.New(registry.WithReferrersSupport(true))))
}
