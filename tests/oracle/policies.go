package main

import (
	"errors"
	"fmt"

	ipcache "github.com/cilium/cilium/pkg/ipcache/types"
	"github.com/cilium/cilium/pkg/k8s"
	cilium "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	networking "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/networking/v1"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/policy/utils"
	"sigs.k8s.io/json"
	admin "sigs.k8s.io/network-policy-api/apis/v1alpha2"
	"sigs.k8s.io/yaml"
)

// A parsed policy is what the agent keeps of an object.
type parsed struct {
	resource ipcache.ResourceID
	entries  types.PolicyEntries
}

type object struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

// parse reads a policy as the agent does; the error is its reason not to import it. A panic of the agent is one, too.
func parse(document, cluster string) (policy parsed, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	text, err := yaml.YAMLToJSON([]byte(document))
	if err != nil {
		return policy, err
	}
	var head object
	if err := decode(text, &head); err != nil {
		return policy, err
	}
	switch head.Kind {
	case "NetworkPolicy":
		var found networking.NetworkPolicy
		if err := decode(text, &found); err != nil {
			return policy, err
		}
		policy.resource = head.resource(ipcache.ResourceKindNetpol)
		policy.entries, err = k8s.ParseNetworkPolicy(quiet, cluster, &found)
	case "ClusterNetworkPolicy":
		var found admin.ClusterNetworkPolicy
		if err := decode(text, &found); err != nil {
			return policy, err
		}
		head.Metadata.Namespace = ""
		policy.resource = head.resource(ipcache.ResourceKindKCNP)
		policy.entries, err = k8s.ParseClusterNetworkPolicy(quiet, cluster, &found)
		for _, entry := range policy.entries {
			// The agent would panic with a lock held: nothing could be asked of it after that.
			if err == nil && entry.Subject == nil {
				err = errors.New("panic: runtime error: invalid memory address or nil pointer dereference")
			}
		}
	case "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy":
		return head.cilium(text, cluster)
	default:
		err = fmt.Errorf("the agent reads no kind %q", head.Kind)
	}
	return policy, err
}

func (head object) cilium(text []byte, cluster string) (policy parsed, err error) {
	var rules api.Rules
	policy.resource = head.resource(ipcache.ResourceKindCNP)
	if head.Kind == "CiliumNetworkPolicy" {
		var found cilium.CiliumNetworkPolicy
		if err := decode(text, &found); err != nil {
			return policy, err
		}
		rules, err = found.Parse(quiet, cluster)
	} else {
		var found cilium.CiliumClusterwideNetworkPolicy
		if err := decode(text, &found); err != nil {
			return policy, err
		}
		head.Metadata.Namespace = ""
		rules, err = found.Parse(quiet, cluster)
	}
	// Without a namespace it is clusterwide, whatever its kind says.
	if head.Metadata.Namespace == "" {
		policy.resource = head.resource(ipcache.ResourceKindCCNP)
	}
	policy.entries = utils.RulesToPolicyEntries(rules)
	return policy, err
}

func (head object) resource(kind ipcache.ResourceKind) ipcache.ResourceID {
	return ipcache.NewResourceID(kind, head.Metadata.Namespace, head.Metadata.Name)
}

func decode(text []byte, into any) error {
	return json.UnmarshalCaseSensitivePreserveInts(text, into)
}
