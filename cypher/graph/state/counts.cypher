// title: How many nodes of each kind there are, how many of them have a fingerprint, and how many edges hang on them
// The condition on id has Neo4j count in the index; and a node with many edges keeps their number: none is looked at.
// (:User)-[:HAS_ROLE]->(:Role)-[:GRANTS]->(:Permission)      (:User)-[:MEMBER_OF]->(:Team)-[:HAS_ROOM]->(:Room)
OPTIONAL MATCH (u:User {workspace: $workspace})
  USING INDEX SEEK u:User(workspace, id)
WHERE u.id >= ''
WITH count(u) AS users, count(u.fingerprint) AS sealedUsers
OPTIONAL MATCH (r:Role {workspace: $workspace})
  USING INDEX SEEK r:Role(workspace, id)
WHERE r.id >= ''
WITH users, sealedUsers, count(r) AS roles, count(r.fingerprint) AS sealedRoles,
     sum(COUNT { (r)<-[:HAS_ROLE]-() }) AS hasRole, sum(COUNT { (r)-[:GRANTS]->() }) AS grants
OPTIONAL MATCH (t:Team {workspace: $workspace})
  USING INDEX SEEK t:Team(workspace, id)
WHERE t.id >= ''
WITH users, sealedUsers, roles, sealedRoles, hasRole, grants, count(t) AS teams, count(t.fingerprint) AS sealedTeams,
     sum(COUNT { (t)<-[:MEMBER_OF]-() }) AS memberOf, sum(COUNT { (t)-[:HAS_ROOM]->() }) AS hasRoom
WITH users, roles, teams, hasRole, memberOf, grants, hasRoom,
     {users: sealedUsers, roles: sealedRoles, teams: sealedTeams} AS sealed
OPTIONAL MATCH (p:Permission {workspace: $workspace})
  USING INDEX SEEK p:Permission(workspace, id)
WHERE p.id >= ''
WITH users, roles, teams, hasRole, memberOf, grants, hasRoom, sealed, count(p) AS permissions
OPTIONAL MATCH (x:Room {workspace: $workspace})
  USING INDEX SEEK x:Room(workspace, id)
WHERE x.id >= ''
RETURN users, roles, teams, permissions, count(x) AS rooms,
       hasRole AS HAS_ROLE, memberOf AS MEMBER_OF, grants AS GRANTS, hasRoom AS HAS_ROOM, sealed
