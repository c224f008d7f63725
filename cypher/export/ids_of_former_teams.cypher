// title: Ids of teams that are gone, in some fifty lists
// Why in lists and not in order: state/user_fingerprints.cypher
MATCH (x:FormerTeam {workspace: $workspace}) WHERE x.id >= ''
RETURN right(x.id, 1) AS part, collect(x.id) AS page
