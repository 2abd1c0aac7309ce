package main

import (
	"fmt"
	"log/slog"
	"strings"

	envoy "github.com/cilium/cilium/pkg/envoy/policy"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	cilium "github.com/cilium/cilium/pkg/k8s/apis/cilium.io"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/types"
	agent "github.com/cilium/cilium/pkg/types"
	"github.com/cilium/cilium/pkg/u8proto"
)

var quiet = slog.New(slog.DiscardHandler)

// A flow to test; for ICMP the port is the type.
type flowToTest struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Protocol string `json:"protocol"`
	Port     uint16 `json:"port"`
}

// A verdict is what both sides say. A side that is no endpoint with policy says nothing.
type verdict struct {
	Egress  *side  `json:"egress"`
	Ingress *side  `json:"ingress"`
	Error   string `json:"error,omitempty"` // the engine refuses the whole policy of an endpoint
	Unasked bool   `json:"unasked"`         // what it refuses is no endpoint: no agent would ask it
}

// A side is the verdict of one end, with the policies that decide.
type side struct {
	Allowed bool     `json:"allowed"`
	By      []string `json:"by"`
}

// ports are the named ports that an egress policy resolves at the destination.
type ports struct{ agent.NamedPortMultiMap }

func (p *ports) GetNamedPorts() agent.NamedPortMultiMap { return p.NamedPortMultiMap }

// decide imports the policies and looks the flows up.
func (s *scenario) decide() (*answer, error) {
	cluster := s.Config.apply()
	found := &answer{Rejected: make([]*string, len(s.Policies)), Flows: make([]verdict, len(s.Flows))}
	var accepted []parsed
	for at, document := range s.Policies {
		one, err := parse(document, cluster)
		if err != nil {
			reason := err.Error()
			found.Rejected[at] = &reason
			continue
		}
		accepted = append(accepted, one)
	}

	members, known := map[string]*member{}, identity.IdentityMap{}
	for _, one := range s.Identities {
		if err := one.identify(s.Groups, selectorsOf(accepted)); err != nil {
			return nil, err
		}
		if members[one.Name] != nil || known[one.identity.ID] != nil {
			return nil, fmt.Errorf("%s: its name or its number %d is taken", one.Name, one.ID)
		}
		members[one.Name], known[one.identity.ID] = one, one.identity.LabelArray
	}

	manager := identitymanager.NewIDManager(quiet)
	rules := envoy.NewEnvoyL7RulesTranslator(quiet, secrets{})
	repository := policy.NewPolicyRepository(quiet, known, secrets{}, rules, manager, nil)
	repository.GetSelectorCache().SetLocalIdentityNotifier(names{})
	repository.UpdateIdentities(known, nil)
	table := &ports{}
	repository.SetNamedPortsGetter(table)
	for _, one := range accepted {
		repository.ReplaceByResource(one.entries, one.resource)
	}

	for at, flow := range s.Flows {
		from, to := members[flow.From], members[flow.To]
		if from == nil || to == nil {
			return nil, fmt.Errorf("%s -> %s: nobody has that name", flow.From, flow.To)
		}
		protocol, err := u8proto.ParseProtocol(flow.Protocol)
		if err != nil {
			return nil, err
		}
		question := types.Flow{From: from.identity, To: to.identity, Proto: protocol, Dport: flow.Port}
		table.NamedPortMultiMap = to.namedPorts(&question)
		result, out, in, err := policy.LookupFlow(quiet, repository, manager, question)
		if err != nil {
			found.Flows[at] = verdict{Error: err.Error(), Unasked: !fails(repository, from) && !fails(repository, to)}
			continue
		}
		found.Flows[at] = verdict{Egress: from.says(result.Egress, out), Ingress: to.says(result.Ingress, in)}
	}
	return found, nil
}

// fails tells whether the engine refuses the policy of an endpoint.
func fails(repository *policy.Repository, m *member) bool {
	if !m.Endpoint {
		return false
	}
	_, _, err := repository.ComputeSelectorPolicy(m.identity)
	return err != nil
}

// namedPorts enters the ports of a destination into the flow, and gives the table in which an egress policy looks.
func (m *member) namedPorts(flow *types.Flow) agent.NamedPortMultiMap {
	all := agent.NewNamedPortMultiMap()
	pod := m.identity.LabelArray.Get(labels.LabelSourceK8sKeyPrefix+cilium.PodNamespaceLabel) != ""
	flat := func(named map[string]int, protocol string) map[string]uint16 {
		parsed, flat := agent.NamedPortMap{}, map[string]uint16{}
		for name, port := range named {
			// What the agent refuses to keep is not there.
			_ = parsed.AddPort(name, port, protocol)
		}
		for name, port := range parsed {
			flat[name] = port.Port
		}
		if pod {
			all.Update(m.identity.ID, nil, parsed)
		}
		return flat
	}
	flow.NamedPortsTCP, flow.NamedPortsUDP = flat(m.NamedTCP, "TCP"), flat(m.NamedUDP, "UDP")
	return all
}

func (m *member) says(decision types.Decision, meta policy.RuleMeta) *side {
	if !m.Endpoint {
		return nil
	}
	by := []string{}
	for _, origin := range meta.LabelArray() {
		name := origin.Get(labels.LabelSourceK8sKeyPrefix + cilium.PolicyLabelName)
		switch {
		case name != "":
			by = append(by, name)
		case len(origin) > 0:
			by = append(by, strings.TrimSpace(origin.String()))
		}
	}
	return &side{Allowed: decision == types.DecisionAllowed, By: by}
}
