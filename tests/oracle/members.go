package main

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/cilium/cilium/pkg/fqdn/dns"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
)

// A member takes part in flows: a pod, a node, an address, a special identity.
type member struct {
	Name     string         `json:"name"`
	ID       uint32         `json:"id"`
	Labels   []string       `json:"labels"`   // as the agent writes them: k8s:app=front, reserved:host, cidr:10.0.0.1/32
	Endpoint bool           `json:"endpoint"` // policies are enforced here
	Answers  []string       `json:"answers"`  // DNS names that its address was the answer for
	NamedTCP map[string]int `json:"namedTCP"`
	NamedUDP map[string]int `json:"namedUDP"`

	identity *identity.Identity
}

// A cidrGroup is a CiliumCIDRGroup.
type cidrGroup struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	CIDRs  []string          `json:"cidrs"`
}

// identify gives a member its identity: its labels, and those of the FQDN selectors and groups that its address is in.
func (m *member) identify(groups []cidrGroup, selectors []api.FQDNSelector) error {
	var all labels.LabelArray
	var address netip.Addr
	outside := false
	for _, text := range m.Labels {
		label := labels.ParseLabel(text)
		if cidr, ok := strings.CutPrefix(text, "cidr:"); ok {
			prefix, err := netip.ParsePrefix(cidr)
			if err != nil {
				return fmt.Errorf("%s: %w", m.Name, err)
			}
			address = prefix.Addr()
			if label, err = labels.IPStringToLabel(cidr); err != nil {
				return fmt.Errorf("%s: %w", m.Name, err)
			}
		}
		outside = outside || strings.HasPrefix(text, "reserved:world")
		all = append(all, label)
	}
	if outside {
		more, err := fromDNS(m.Answers, selectors)
		if err != nil {
			return err
		}
		all = append(all, more...)
		all = append(all, fromGroups(address, groups)...)
	}
	all = labels.FromSlice(all).LabelArray()
	m.identity = identity.NewIdentityFromLabelArray(identity.NumericIdentity(m.ID), all)
	return nil
}

// fromDNS are the labels that the DNS proxy gives an address.
func fromDNS(answers []string, selectors []api.FQDNSelector) (all labels.LabelArray, err error) {
	for _, selector := range selectors {
		pattern, err := selector.ToRegex()
		if err != nil {
			return nil, err
		}
		for _, name := range answers {
			if pattern.MatchString(dns.FQDN(name)) {
				all = append(all, selector.IdentityLabel())
			}
		}
	}
	return all, nil
}

// fromGroups are the labels of an address in groups.
func fromGroups(address netip.Addr, groups []cidrGroup) (all labels.LabelArray) {
	for _, group := range groups {
		for _, cidr := range group.CIDRs {
			prefix, err := netip.ParsePrefix(cidr)
			if err != nil || !address.IsValid() || !prefix.Masked().Contains(address) {
				continue
			}
			all = append(all, api.LabelForCIDRGroupRef(group.Name))
			for key, value := range group.Labels {
				all = append(all, labels.NewLabel(key, value, labels.LabelSourceCIDRGroup),
					labels.EncodedCIDRGroupLabel(key, value, labels.LabelSourceCIDRGroup))
			}
			break
		}
	}
	return all
}

// selectorsOf are the FQDN selectors of policies.
func selectorsOf(policies []parsed) (found []api.FQDNSelector) {
	for _, policy := range policies {
		for _, entry := range policy.entries {
			for _, selector := range entry.L3 {
				if fqdn, ok := selector.(*types.FQDNSelector); ok {
					if one, ok := fqdn.GetFQDNSelector(); ok {
						found = append(found, *one)
					}
				}
			}
		}
	}
	return found
}
