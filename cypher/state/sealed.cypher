// title: How many nodes there are of each kind, and how many of them have a fingerprint
// A permission and a room have none.
OPTIONAL MATCH (u:User {workspace: $workspace}) WHERE u.id >= ''
WITH [count(u), count(u.fingerprint)] AS users
OPTIONAL MATCH (r:Role {workspace: $workspace}) WHERE r.id >= ''
WITH users, [count(r), count(r.fingerprint)] AS roles
OPTIONAL MATCH (t:Team {workspace: $workspace}) WHERE t.id >= ''
WITH users, roles, [count(t), count(t.fingerprint)] AS teams
OPTIONAL MATCH (p:Permission {workspace: $workspace}) WHERE p.id >= ''
WITH users, roles, teams, [count(p)] AS permissions
OPTIONAL MATCH (x:Room {workspace: $workspace}) WHERE x.id >= ''
RETURN users, roles, teams, permissions, [count(x)] AS rooms
