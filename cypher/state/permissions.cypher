// title: All permissions, each with its setting and what the catalogue said of it
MATCH (x:Permission {workspace: $workspace}) RETURN collect([x.id, x.settingId, x.tier, x.how]) AS page
