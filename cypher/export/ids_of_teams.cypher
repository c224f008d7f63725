// title: Ids of teams, in some fifty lists
// Why in lists and not in order: state/user_fingerprints.cypher
MATCH (x:Team {workspace: $workspace}) WHERE x.id >= ''
RETURN right(x.id, 1) AS part, collect(x.id) AS page
