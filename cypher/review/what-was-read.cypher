// title: What these answers rest on
// question: When was the workspace read, by which account, how much of it, and since when is it being read?
// why: An answer is worth what it rests on: how old the data are, who read them, and what that account could not see.
// controls: SOC2 CC6.2, ISO27001 A.5.18
// severity: info
// needs: nothing
// columns: asOf, loadedAt, state, datasets, notVisible, caller, callerRoles, server, loads, firstLoad, catalogue, snapshot
MATCH (s:Sync {workspace: $workspace})
WITH count(s) AS loads, min(s.startedAt) AS firstLoad
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
MATCH (s:Sync {workspace: $workspace, id: w.lastSyncId})
OPTIONAL MATCH (c:User {workspace: $workspace, id: s.callerId})
RETURN s.startedAt AS asOf, s.finishedAt AS loadedAt, s.state AS state,
       ['users: ' + coalesce(s.usersState, 'not read'), 'roles: ' + coalesce(s.rolesState, 'not read'),
        'permissions: ' + coalesce(s.permissionsState, 'not read'), 'teams: ' + coalesce(s.teamsState, 'not read'),
        'members: ' + coalesce(s.membersState, 'not read'),
        'deactivated members: ' + coalesce(s.deactivatedMembersState, 'not read'),
        'rooms: ' + coalesce(s.roomsState, 'not read')] AS datasets,
       coalesce(s.notVisible, []) AS notVisible, coalesce(c.username, s.callerId) AS caller, s.callerRoles AS callerRoles,
       w.version AS server, loads, firstLoad, s.catalogueVersion AS catalogue, s.snapshotSha256 AS snapshot
