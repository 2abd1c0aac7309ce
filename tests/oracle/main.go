// Command oracle says what Cilium's own policy engine decides about policies and flows.
//
// Each line of stdin is a scenario, each line of stdout its answer, both in JSON: see scenario and answer. Nothing here
// knows how policies work; everything is asked of the engine that the agent runs.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
)

// A scenario is policies under a configuration, and flows to decide.
type scenario struct {
	Config     config       `json:"config"`
	Identities []*member    `json:"identities"`
	Groups     []cidrGroup  `json:"groups"`
	Policies   []string     `json:"policies"` // one YAML document each
	Flows      []flowToTest `json:"flows"`
}

// An answer has a part for each policy and for each flow, in the order of the scenario.
type answer struct {
	Rejected []*string `json:"rejected"` // null: imported; else the agent's reason
	Flows    []verdict `json:"flows"`
}

func main() {
	log.SetFlags(0)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	decoder := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	decoder.DisallowUnknownFields()
	for {
		var one scenario
		err := decoder.Decode(&one)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		found, err := one.decide()
		if err != nil {
			log.Fatal(err)
		}
		if err := errors.Join(encoder.Encode(found), out.Flush()); err != nil {
			log.Fatal(err)
		}
	}
}
