//! Why a cluster could not be read, and what to do about it.

use std::error::Error;
use std::io;

use kube::config::KubeconfigError;
use miette::Diagnostic;

/// A cluster that could not be read.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum LiveError {
    /// There is no kubeconfig, or it is not well-formed.
    #[error("the kubeconfig cannot be used: {0}")]
    #[diagnostic(help("it is the file that `KUBECONFIG` names, or else `~/.kube/config`"))]
    Kubeconfig(KubeconfigError),
    /// The kubeconfig has no context of this name.
    #[error("the kubeconfig has no context `{name}`")]
    #[diagnostic(help("{}", known_contexts(known)))]
    UnknownContext {
        /// As typed.
        name: String,
        /// Those it has.
        known: Vec<String>,
    },
    /// The current context is asked for, and none is current.
    #[error("no context of the kubeconfig is current")]
    #[diagnostic(help("name one with `--context NAME`; {}", known_contexts(known)))]
    NoCurrentContext {
        /// Those it has.
        known: Vec<String>,
    },
    /// The credentials cannot be had, for instance because a program that gives them fails.
    #[error("the credentials of context `{context}` cannot be had: {reason}")]
    #[diagnostic(help("log in again, and see that `kubectl --context '{context}' auth whoami` answers"))]
    Credentials {
        /// The name of the context.
        context: String,
        /// What went wrong.
        reason: String,
    },
    /// The API server does not take the credentials.
    #[error("the cluster of context `{context}` does not accept its credentials")]
    #[diagnostic(help("log in again, and see that `kubectl --context '{context}' auth whoami` answers"))]
    Unauthorized {
        /// The name of the context.
        context: String,
    },
    /// Nobody answers, or not as an API server that can be trusted.
    #[error("the cluster of context `{context}` cannot be reached at {server}: {reason}")]
    #[diagnostic(help("check the network, VPN and proxy, and that `kubectl --context '{context}' version` answers"))]
    Unreachable {
        /// The name of the context.
        context: String,
        /// The address of the API server.
        server: String,
        /// What went wrong.
        reason: String,
    },
    /// The API server fails at one kind.
    #[error("the cluster of context `{context}` does not list `{resource}`: {reason}")]
    #[diagnostic(help("try again; what is read of a cluster is whole or nothing"))]
    Refused {
        /// The name of the context.
        context: String,
        /// What was to be listed.
        resource: String,
        /// What the API server says.
        reason: String,
    },
    /// The credentials may list nothing of what is read.
    #[error("the credentials of context `{context}` may list nothing that is read")]
    #[diagnostic(help(
        "they need the verb `list`, in the whole cluster, on namespaces, workloads, services and policies: the ClusterRole `view` has most of it"
    ))]
    NothingAllowed {
        /// The name of the context.
        context: String,
    },
    /// The operating system does not let us wait for answers.
    #[error("the connection cannot be made: {0}")]
    Runtime(io::Error),
}

impl LiveError {
    /// What an error of the client says of the whole cluster.
    pub(crate) fn of(error: &kube::Error, context: &str, server: &str) -> Self {
        let (context, reason) = (context.to_owned(), root(error));
        match error {
            kube::Error::Api(status) if status.code == 401 => Self::Unauthorized { context },
            kube::Error::Auth(_) => Self::Credentials { context, reason },
            _ if auth(error) => Self::Credentials { context, reason },
            _ => Self::Unreachable { context, server: server.to_owned(), reason },
        }
    }

    /// What an error says that stands in the way of one kind; of the whole cluster where it is not the API server's.
    pub(crate) fn at(error: &kube::Error, resource: &str, context: &str, server: &str) -> Self {
        match error {
            kube::Error::Api(status) if status.code != 401 => Self::Refused {
                context: context.to_owned(),
                resource: resource.to_owned(),
                reason: status.message.clone(),
            },
            _ => Self::of(error, context, server),
        }
    }
}

/// Whether the credentials are at the bottom of it: a program that gives them is started with the first request.
fn auth(error: &kube::Error) -> bool {
    causes(error).any(<dyn Error + 'static>::is::<kube::client::AuthError>)
}

/// The innermost cause: what is around it only says where it was met.
fn root(error: &kube::Error) -> String {
    causes(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn causes(error: &kube::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |&error| error.source())
}

fn known_contexts(known: &[String]) -> String {
    if known.is_empty() {
        return "it has no context at all: `KUBECONFIG` names the file, else it is `~/.kube/config`".to_owned();
    }
    let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("it has {}", names.join(", "))
}
