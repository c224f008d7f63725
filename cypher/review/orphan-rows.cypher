// title: Teams with members that no longer exist
// question: Which teams still count rows of users who were deleted?
// why: Deleting an account leaves its rows in teams. Nobody gets in by them, but numbers of members are wrong.
// controls: ISO27001 A.5.18, NIST AC-2
// severity: low
// needs: users, teams, members, deactivatedMembers
// examines: teams
// columns: team, private, memberRows, orphanRows
MATCH (t:Team {workspace: $workspace})
WHERE t.orphanRows > 0
RETURN coalesce(t.name, t.id) AS team, t.private AS private, t.memberRows AS memberRows, t.orphanRows AS orphanRows
ORDER BY orphanRows DESC, team
