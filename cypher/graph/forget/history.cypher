// title: What a user that is gone once had
// param id: id of the user
// param batch: how many at most
// (:FormerUser)-[:HAD_ROLE|WAS_MEMBER_OF]->(:Role|:Team|:FormerRole|:FormerTeam)
MATCH (u:FormerUser {workspace: $workspace, id: $id})-[h:HAD_ROLE|WAS_MEMBER_OF]->()
WITH h LIMIT $batch
WITH collect(h) AS gone, count(h) AS number
FOREACH (h IN gone | DELETE h)
RETURN number
