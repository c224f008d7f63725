// title: Teams that are gone no longer say that he made them
// param id: id of the user
// param as: the pseudonym
MATCH (t:FormerTeam {workspace: $workspace}) WHERE t.createdById = $id
SET t.createdById = $as
RETURN count(t) AS number
