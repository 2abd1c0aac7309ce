// Builds a Flux Kustomization with the library that its controller uses, and prints what would be applied.
//
// The argument is the folder of a repository, which is copied first: the library writes into it. On standard input come
// documents: the Kustomization, then the ConfigMaps and Secrets of the cluster. Only what the controller itself does
// between the calls of the library is written out here: which calls, in which order, and `commonMetadata`.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	generator "github.com/fluxcd/pkg/kustomize"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	syaml "sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(repository string, input io.Reader) error {
	kustomization, cluster, err := read(input)
	if err != nil {
		return err
	}
	root, err := os.MkdirTemp("", "flux")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	// The library wants a path without links.
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return err
	}
	if err := os.CopyFS(root, os.DirFS(repository)); err != nil {
		return err
	}
	text, err := build(root, kustomization, cluster)
	if err == nil {
		_, err = os.Stdout.Write(text)
	}
	return err
}

// build does what the controller does in `build` and, for `commonMetadata`, in `apply`.
func build(root string, kustomization unstructured.Unstructured, cluster store) ([]byte, error) {
	path, _, err := unstructured.NestedString(kustomization.Object, "spec", "path")
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(root, filepath.Join("/", path))
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("kustomization path not found: %w", err)
	}
	if _, err := generator.NewGenerator(root, kustomization).WriteFile(folder); err != nil {
		return nil, err
	}
	objects, err := generator.SecureBuild(root, folder, false)
	if err != nil {
		return nil, err
	}
	_, substitutes, err := unstructured.NestedMap(kustomization.Object, "spec", "postBuild")
	if err != nil {
		return nil, err
	}
	labels, _, _ := unstructured.NestedStringMap(kustomization.Object, "spec", "commonMetadata", "labels")
	annotations, _, _ := unstructured.NestedStringMap(kustomization.Object, "spec", "commonMetadata", "annotations")
	var out bytes.Buffer
	for _, resource := range objects.Resources() {
		if substitutes {
			if _, err := generator.SubstituteVariables(context.Background(), cluster, kustomization, resource); err != nil {
				return nil, err
			}
		}
		data, err := resource.AsYAML()
		if err != nil {
			return nil, err
		}
		object := unstructured.Unstructured{}
		if err := syaml.Unmarshal(data, &object.Object); err != nil {
			return nil, err
		}
		if len(labels) > 0 {
			object.SetLabels(merged(object.GetLabels(), labels))
		}
		if len(annotations) > 0 {
			object.SetAnnotations(merged(object.GetAnnotations(), annotations))
		}
		if len(labels)+len(annotations) > 0 {
			if data, err = syaml.Marshal(object.Object); err != nil {
				return nil, err
			}
		}
		if out.Len() > 0 {
			out.WriteString("---\n")
		}
		out.Write(data)
	}
	return out.Bytes(), nil
}

func merged(own, more map[string]string) map[string]string {
	if own == nil {
		own = map[string]string{}
	}
	for key, value := range more {
		own[key] = value
	}
	return own
}

func read(input io.Reader) (kustomization unstructured.Unstructured, cluster store, err error) {
	decoder := yaml.NewYAMLOrJSONDecoder(input, 4096)
	if err = decoder.Decode(&kustomization.Object); err != nil {
		return kustomization, cluster, err
	}
	for {
		object := unstructured.Unstructured{}
		switch err = decoder.Decode(&object.Object); {
		case errors.Is(err, io.EOF):
			return kustomization, cluster, nil
		case err != nil:
			return kustomization, cluster, err
		case object.Object != nil:
			cluster.objects = append(cluster.objects, object)
		}
	}
}

// store is a cluster that holds a few ConfigMaps and Secrets.
type store struct {
	client.Client
	objects []unstructured.Unstructured
}

// Get is all that the library asks of a cluster.
func (s store) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	kind := "ConfigMap"
	if _, ok := object.(*corev1.Secret); ok {
		kind = "Secret"
	}
	for _, own := range s.objects {
		if own.GetKind() != kind || own.GetName() != key.Name || own.GetNamespace() != key.Namespace {
			continue
		}
		data, err := syaml.Marshal(own.Object)
		if err != nil {
			return err
		}
		if err := syaml.Unmarshal(data, object); err != nil {
			return err
		}
		if secret, ok := object.(*corev1.Secret); ok {
			if secret.Data == nil {
				secret.Data = map[string][]byte{}
			}
			// What the API server does when it takes a Secret in.
			for name, text := range secret.StringData {
				secret.Data[name] = []byte(text)
			}
		}
		return nil
	}
	return apierrors.NewNotFound(schema.GroupResource{Resource: kind}, key.Name)
}
