// title: A user that is gone and that decisions or others refer to: nothing but a pseudonym stays
// param id: id of the user
// param as: the pseudonym
MATCH (u:FormerUser {workspace: $workspace, id: $id})
SET u = {workspace: $workspace, id: $as, username: $as, until: u.until}
