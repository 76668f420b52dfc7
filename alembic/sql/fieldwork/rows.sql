-- The purposes a visit may have; deployments add their own.
INSERT INTO visit_purpose (code, name, name_en, is_offered, version) VALUES
    ('listening', '听取意见', 'Listening', true, 1),
    ('contact_point', '联系点指导', 'Guidance at a contact point', true, 1),
    ('help', '帮办实事', 'Practical help', true, 1),
    ('research', '专题调研', 'Topical study', true, 1),
    ('greeting', '走访慰问', 'Visit of goodwill', true, 1),
    ('publicity', '宣讲政策（四下基层）', 'Explaining policy at the grassroots', true, 1),
    ('study', '调查研究（四下基层）', 'Investigation at the grassroots', true, 1),
    ('petition', '信访接待（四下基层）', 'Receiving petitions at the grassroots', true, 1),
    ('on_site_office', '现场办公（四下基层）', 'Deciding on the spot', true, 1),
    ('station', '蹲点', 'Staying on for days', true, 1),
    ('pairing', '结对帮扶', 'Help in a pairing', true, 1),
    ('other', '其他', 'Other', true, 1);
