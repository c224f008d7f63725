// title: Pseudonyms that are in use, and how many users were forgotten
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
OPTIONAL MATCH (u:User|FormerUser {workspace: $workspace})
WHERE u.id STARTS WITH 'forgotten-' OR u.username STARTS WITH 'forgotten-' OR u.forgottenAs IS NOT NULL
WITH w.forgotten AS forgotten, collect(u.id) AS ids, collect(u.username) AS usernames, collect(u.forgottenAs) AS words
RETURN forgotten, ids + usernames + words AS page
