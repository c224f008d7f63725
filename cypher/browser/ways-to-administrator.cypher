// title: Everyone who can become administrator, and through what
// question: Which people hold a permission that suffices to become administrator, and which role gives it?
MATCH way = (:User {workspace: $workspace})-[:HAS_ROLE]->(r:Role)-[:GRANTS]->(:Permission {tier: 'A'})-[:ESCALATES_TO]->(:Role)
WHERE r.id <> 'admin'
RETURN way
