// title: Whether anybody has decided anything
// The condition on id has Neo4j use the index.
MATCH (a:Attestation {workspace: $workspace}) WHERE a.id >= ''
RETURN a.id AS id LIMIT 1
