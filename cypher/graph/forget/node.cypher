// title: A user that is gone, and that nothing refers to
// param id: id of the user
MATCH (u:FormerUser {workspace: $workspace, id: $id}) WHERE NOT EXISTS { (u)--() }
DELETE u
