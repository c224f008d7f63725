// title: Ids of <noun>, in some fifty lists
// each: node of an export
// Why in lists and not in order: state/fingerprints
MATCH (x:<Label> {workspace: $workspace}) WHERE x.id >= ''
RETURN right(x.id, 1) AS part, collect(x.id) AS page
