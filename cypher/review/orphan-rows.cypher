// title: Teams with members that no longer exist
// question: Which teams count rows of which nobody was found: of users who were deleted?
// why: Deleting an account leaves its rows in teams. Nobody gets in by them, but numbers of members are wrong. Rows that one load alone has looked for are unconfirmed.
// controls: ISO27001 A.5.18, NIST AC-2
// severity: low
// needs: users, teams, members, deactivatedMembers
// examines: teams
// columns: team, private, memberRows, orphanRows, unconfirmedRows
MATCH (t:Team {workspace: $workspace})
WHERE t.orphanRows > 0 OR t.unconfirmedRows > 0
RETURN coalesce(t.name, t.id) AS team, t.private AS private, t.memberRows AS memberRows, t.orphanRows AS orphanRows,
       t.unconfirmedRows AS unconfirmedRows
ORDER BY orphanRows + coalesce(unconfirmedRows, 0) DESC, team
