package main

import (
	"context"

	"github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
)

// config is how the agent is configured. What is absent is its default under Kubernetes.
type config struct {
	Cluster             string   `json:"cluster"`
	AnyCluster          bool     `json:"anyCluster"`
	Mode                string   `json:"mode"`
	AllowLocalhost      string   `json:"allowLocalhost"`
	CIDRMatchMode       []string `json:"cidrMatchMode"`
	HostFirewall        bool     `json:"hostFirewall"`
	NodeSelectorLabels  bool     `json:"nodeSelectorLabels"`
	ExtendedIPProtocols bool     `json:"extendedIPProtocols"`
	IPv4Only            bool     `json:"ipv4Only"`
	NoNonDefaultDeny    bool     `json:"noNonDefaultDeny"`
}

// apply configures the engine, which keeps its options in globals, and gives the name that selectors get for the own
// cluster.
func (c config) apply() string {
	agent := option.Config
	agent.EnableIPv4 = true
	agent.EnableIPv6 = !c.IPv4Only
	agent.EnableICMPRules = true
	agent.EnableL7Proxy = true
	agent.EnableSCTP = true
	agent.EnableHostFirewall = c.HostFirewall
	agent.EnableNodeSelectorLabels = c.NodeSelectorLabels
	agent.EnableExtendedIPProtocols = c.ExtendedIPProtocols
	agent.EnableNonDefaultDenyPolicies = !c.NoNonDefaultDeny
	agent.PolicyCIDRMatchMode = c.CIDRMatchMode
	agent.UnsafeDaemonConfigOption.AllowLocalhost = or(c.AllowLocalhost, option.AllowLocalhostAlways)
	policy.SetPolicyEnabled(or(c.Mode, option.DefaultEnforcement))
	cluster := or(c.Cluster, "default")
	api.InitEntities(cluster)
	return types.LocalClusterNameForPolicies(types.PolicyConfig{PolicyDefaultLocalCluster: !c.AnyCluster}, cluster)
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// secrets has every secret and certificate that a policy may name.
type secrets struct{}

func (secrets) GetTLSContext(context.Context, *api.TLSContext, string) (ca, public, private string, inline bool, err error) {
	return "ca", "public", "private", true, nil
}

func (secrets) GetSecretString(context.Context, *api.Secret, string) (string, error) {
	return "secret", nil
}
func (secrets) PolicySecretSyncEnabled() bool         { return false }
func (secrets) SecretsOnlyFromSecretsNamespace() bool { return false }
func (secrets) GetSecretSyncNamespace() string        { return "" }

// names takes note of no DNS name: which address has which name, the scenario says.
type names struct{}

func (names) RegisterFQDNSelector(api.FQDNSelector) uint64   { return 0 }
func (names) UnregisterFQDNSelector(api.FQDNSelector) uint64 { return 0 }
