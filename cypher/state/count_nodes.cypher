// title: How many nodes of each kind there are
OPTIONAL MATCH (u:User {workspace: $workspace}) WITH count(u) AS users
OPTIONAL MATCH (r:Role {workspace: $workspace}) WITH users, count(r) AS roles
OPTIONAL MATCH (t:Team {workspace: $workspace}) WITH users, roles, count(t) AS teams
OPTIONAL MATCH (p:Permission {workspace: $workspace}) WITH users, roles, teams, count(p) AS permissions
OPTIONAL MATCH (x:Room {workspace: $workspace})
RETURN users, roles, teams, permissions, count(x) AS rooms
