// title: How many edges hang on roles and teams, whoever made them
// A node with many edges keeps their number: Neo4j looks at none of them.
// (:User)-[:HAS_ROLE]->(:Role)-[:GRANTS]->(:Permission)      (:User)-[:MEMBER_OF]->(:Team)
OPTIONAL MATCH (r:Role {workspace: $workspace}) WHERE r.id >= ''
WITH sum(COUNT { (r)<-[:HAS_ROLE]-() }) AS hasRole, sum(COUNT { (r)-[:GRANTS]->() }) AS grants
OPTIONAL MATCH (t:Team {workspace: $workspace}) WHERE t.id >= ''
RETURN hasRole AS HAS_ROLE, grants AS GRANTS, sum(COUNT { (t)<-[:MEMBER_OF]-() }) AS MEMBER_OF
