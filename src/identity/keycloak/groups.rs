//! The groups of an account. A list that leaves some out looks like a whole one, so it is counted.

use serde::Deserialize;

use super::realm::Operation;
use crate::identity::{Cause, Error};

#[derive(Deserialize)]
struct Group {
    path: String,
}

#[derive(Deserialize)]
struct Count {
    count: usize,
}

/// The paths of the account's groups without the slash in front, the groups above them included: a member of a group is
/// a member of those that hold it. `all` demands that none is hidden from us: with fine-grained permissions a group that
/// we may not view is left out of the list, and only the count tells. There are no pages: Keycloak gives all at once.
pub(super) async fn of(operation: &Operation<'_>, id: &str, all: bool) -> Result<Vec<String>, Error> {
    let path = ["users", id, "groups"];
    let listed: Vec<Group> = operation.read(&path, &[]).await?;
    if all {
        let Count { count } = operation.read(&["users", id, "groups", "count"], &[]).await?;
        if count > listed.len() {
            return Err(Error::Denied(Cause::Hidden));
        }
    }
    Ok(with_ancestors(listed.iter().map(|group| group.path.as_str())))
}

/// A slash in a group's name looks like one between groups; then the account counts as a member of one group more.
fn with_ancestors<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    for path in paths {
        let path = path.trim_start_matches('/');
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        groups.extend(above.chain([path]).map(str::to_owned));
    }
    groups.sort();
    groups.dedup();
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_of_a_group_is_a_member_of_those_above_it() {
        let paths = ["/staff/admins/night", "/staff/desk", "/guests"];

        let groups = with_ancestors(paths.into_iter());

        assert_eq!(groups, ["guests", "staff", "staff/admins", "staff/admins/night", "staff/desk"]);
    }
}
