//! The words made-up people and their company are put together from.

pub(crate) const FIRST: &[&str] = &[
    "Mira", "José", "Aisha", "Per", "Zoë", "Wei", "Łukasz", "Amara", "Søren", "Priya", "Kwame",
    "Yuki", "Chloé", "Mateo", "Fatima", "Björn", "Leila", "Tomáš", "Ngozi", "Hiroshi", "Inés",
    "Olga", "Samuel", "Thandiwe", "Jürgen", "Mei", "Rafael", "Nadia", "Oisín", "Ayşe", "Emeka",
    "Hannah", "Arjun", "Siobhán", "Viktor", "Camila", "Jonas", "Salma", "Dimitri", "Grace",
    "Tariq", "Elif", "Marco", "Linh", "Noah", "Zainab", "Pavel", "Isabel", "Kofi", "Ingrid",
    "Rohan", "Freya", "Omar", "Daniela", "Henrik", "Sana", "Luca", "Adaeze", "Min-jun", "Eva",
    "Mohammed", "Tereza", "Ravi", "Beatriz",
];

pub(crate) const LAST: &[&str] = &[
    "Okafor",
    "Lund",
    "Nguyen",
    "García",
    "Kowalski",
    "Tanaka",
    "O'Brien",
    "Singh",
    "Müller",
    "Haddad",
    "Mensah",
    "Novák",
    "Rossi",
    "Petrov",
    "Johansson",
    "Silva",
    "Chen",
    "Diallo",
    "Yılmaz",
    "Kim",
    "Andersen",
    "Fernández",
    "Patel",
    "Dubois",
    "Abebe",
    "Horvat",
    "Sato",
    "van Dijk",
    "Ibrahim",
    "Papadopoulos",
    "Walker",
    "Hernández",
    "Zhang",
    "Nkosi",
    "Lindqvist",
    "Moreau",
    "Rahman",
    "Costa",
    "Sokolova",
    "Adeyemi",
    "Bauer",
    "Park",
    "Ferrari",
    "Osei",
    "Castillo",
    "Virtanen",
    "Khan",
    "Schäfer",
    "Romero",
    "Banerjee",
    "Larsen",
    "Popescu",
    "Tshabalala",
    "Murphy",
    "Gómez",
    "Weiss",
    "Ali",
    "Hughes",
    "Marković",
    "Sharma",
    "Jensen",
    "Delgado",
    "Kaya",
    "Vega",
];

pub(crate) const PREFERRED: &[&str] = &["Sam", "Lu", "Max", "Kit", "Ash", "Robin", "Jo", "Nik"];

pub(crate) const DEPARTMENTS: &[&str] = &[
    "Leadership",
    "Platform",
    "Product",
    "Design",
    "Data",
    "Security",
    "People",
    "Finance",
    "Legal",
    "Sales",
    "Marketing",
    "Customer Success",
    "Support",
    "Operations",
    "Facilities",
    "Research",
    "Quality",
    "Partnerships",
];

pub(crate) const DIVISIONS: &[&str] = &["Technology", "Commercial", "Corporate", "R&D – Zürich"];

pub(crate) const LOCATIONS: &[&str] =
    &["Leeds, UK", "Zürich, CH", "Lagos, NG", "Austin, US", "Osaka, JP", "São Paulo, BR", "Remote"];

/// By level in the tree: the top, heads, leads, and everybody else.
pub(crate) const JOB_TITLES: &[&str] = &[
    "Chief Executive Officer",
    "Head of Department",
    "Team Lead",
    "Site Reliability Engineer",
    "Software Engineer",
    "Product Designer",
    "Data Analyst",
    "Account Executive",
    "Support Specialist",
    "Recruiter",
    "Accountant",
    "Counsel",
    "Office Coordinator",
];

pub(crate) const EMPLOYMENT_STATUSES: &[&str] =
    &["Full-Time", "Part-Time", "Contractor", "Intern", "Terminated"];

/// The name as it may stand in front of the @ of an e-mail address.
pub(crate) fn mailbox(first: &str, last: &str) -> String {
    let mut text = String::with_capacity(first.len() + last.len() + 1);
    fold_into(first, &mut text);
    text.push('.');
    fold_into(last, &mut text);
    text
}

fn fold_into(name: &str, text: &mut String) {
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => text.push(letter),
            'á' | 'ä' | 'ã' => text.push('a'),
            'é' | 'ë' => text.push('e'),
            'í' | 'ı' => text.push('i'),
            'ó' | 'ö' | 'ø' => text.push('o'),
            'ü' => text.push('u'),
            'ł' => text.push('l'),
            'š' | 'ş' => text.push('s'),
            'ć' => text.push('c'),
            _ => {}
        }
    }
}
