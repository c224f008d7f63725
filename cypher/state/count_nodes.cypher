// title: How many nodes of each kind there are
// The condition on id has Neo4j count in the index, without a look at any node.
OPTIONAL MATCH (u:User {workspace: $workspace}) WHERE u.id >= '' WITH count(u) AS users
OPTIONAL MATCH (r:Role {workspace: $workspace}) WHERE r.id >= '' WITH users, count(r) AS roles
OPTIONAL MATCH (t:Team {workspace: $workspace}) WHERE t.id >= '' WITH users, roles, count(t) AS teams
OPTIONAL MATCH (p:Permission {workspace: $workspace}) WHERE p.id >= '' WITH users, roles, teams, count(p) AS permissions
OPTIONAL MATCH (x:Room {workspace: $workspace}) WHERE x.id >= ''
RETURN users, roles, teams, permissions, count(x) AS rooms
