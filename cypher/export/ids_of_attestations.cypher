// title: Ids of decisions, in some fifty lists
// Why in lists and not in order: state/user_fingerprints.cypher
MATCH (x:Attestation {workspace: $workspace}) WHERE x.id >= ''
RETURN right(x.id, 1) AS part, collect(x.id) AS page
