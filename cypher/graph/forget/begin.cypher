// title: Note down which pseudonym somebody gets, until they are forgotten, and say which it is
// param id: id of the account
// param user: what to find it by again
// param as: a new pseudonym; one that was noted down before stays
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
MERGE (u:FormerUser {workspace: $workspace, id: $id})
ON CREATE SET u.username = $user
WITH w, u, CASE WHEN u.forgottenAs IS NULL THEN 1 ELSE 0 END AS more
SET u.forgottenAs = coalesce(u.forgottenAs, $as), w.forgotten = coalesce(w.forgotten, 0) + more
RETURN u.forgottenAs AS word
