//! From a context of the kubeconfig to the configuration of a client.

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};

use crate::{LiveError, Options};

/// The name of the context and how its cluster is reached.
pub(crate) async fn config(options: &Options) -> Result<(String, Config), LiveError> {
    let kubeconfig = options.kubeconfig.as_ref().map_or_else(Kubeconfig::read, Kubeconfig::read_from);
    let kubeconfig = kubeconfig.map_err(LiveError::Kubeconfig)?;
    let known = || kubeconfig.contexts.iter().map(|context| context.name.clone()).collect::<Vec<String>>();
    let current = kubeconfig.current_context.clone().filter(|current| !current.is_empty());
    let context = match (options.context.as_str(), current) {
        ("", Some(current)) => current,
        ("", None) => return Err(LiveError::NoCurrentContext { known: known() }),
        (name, _) => name.to_owned(),
    };
    if !known().contains(&context) {
        return Err(LiveError::UnknownContext { name: context, known: known() });
    }
    let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(LiveError::Kubeconfig)?;
    Ok((context, config))
}
