//! The numbers of objects behind one that came or went.

use std::sync::Arc;

use ringfence_manifest::Object;

use crate::ObjectId;
use crate::build::Builder;

impl Builder<'_> {
    /// Puts an object in, and counts those behind it up.
    pub(super) fn make_room(&mut self, at: ObjectId, object: Arc<Object>) {
        let place = at.0 as usize;
        self.world.objects.insert(place, object);
        self.parts.homes.insert(place, None);
        self.renumber(|id| {
            if *id >= at {
                id.0 += 1;
            }
        });
    }

    /// Takes an object out, and counts those behind it down.
    pub(super) fn close_up(&mut self, at: ObjectId) {
        let place = at.0 as usize;
        self.world.objects.remove(place);
        self.parts.homes.remove(place);
        self.renumber(|id| {
            if *id > at {
                id.0 -= 1;
            }
        });
    }

    fn renumber(&mut self, number: impl Fn(&mut ObjectId)) {
        self.world.policies.iter_mut().for_each(|policy| number(&mut policy.object));
        self.world.workloads.iter_mut().for_each(|workload| number(&mut workload.object));
        self.world.releases.iter_mut().for_each(|release| number(&mut release.object));
        self.world.services.iter_mut().for_each(|service| number(&mut service.object));
        self.world.ingresses.iter_mut().for_each(|ingress| number(&mut ingress.object));
        self.world.namespaces.iter_mut().filter_map(|namespace| namespace.object.as_mut()).for_each(&number);
        self.parts.groups.iter_mut().for_each(number);
    }
}
