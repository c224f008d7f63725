// title: Note down which pseudonym somebody gets, until he is forgotten
// param id: id of the user
// param user: what to find him by again
// param as: the pseudonym
// param number: how many users were forgotten with him
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
MERGE (u:FormerUser {workspace: $workspace, id: $id})
ON CREATE SET u.username = $user
SET u.forgottenAs = $as, w.forgotten = $number
