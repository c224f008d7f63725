// title: All permissions, each with its setting
MATCH (x:Permission {workspace: $workspace}) RETURN collect([x.id, x.settingId]) AS page
