//! The cast of made-up people every reader of Dynamics has to get right.
//!
//! Their numbers are fixed, their dates count from today. DYNAMICS.md says whom to expect.

use chrono::{DateTime, NaiveDate, Utc};

use super::acts::HOME;
use super::books::{EmploymentKind, Position, Span, Worker, last_second, midnight};
use super::company::{Company, LINE};
use super::lists::ListKind;

/// Number, title, department and the position above.
const POSITIONS: &[(u64, &str, &str, Option<u64>)] = &[
    (100, "Chief Executive Officer", "Leadership", None),
    (101, "Head of Finance", "Finance", Some(100)),
    (102, "Head of Engineering", "Engineering", Some(100)),
    (110, "Controller", "Finance", Some(101)),
    (111, "Accountant", "Finance", Some(101)),
    (112, "Bookkeeper", "Finance", Some(101)),
    (113, "Consultant", "Engineering", Some(102)),
    (114, "Engineer", "Engineering", Some(102)),
    (115, "Engineer", "Engineering", Some(102)),
    (116, "Engineer", "Engineering", Some(102)),
    (117, "Trainer", "People", Some(101)),
    (118, "Recruiter", "People", Some(101)),
    (119, "Engineer", "Engineering", Some(102)),
    (120, "Chief Accountant", "Finance", Some(101)),
    (122, "Head of Customer Care", "Customer Care", Some(101)),
    (123, "Support Agent", "Customer Care", Some(122)),
    (124, "Buyer", "Finance", Some(125)),
    (125, "Seller", "Finance", Some(124)),
    (126, "Planner", "Engineering", Some(127)),
    (127, "Planning Lead", "Engineering", Some(128)),
    (128, "Planning Manager", "Engineering", Some(127)),
    (129, "Project Engineer", "Engineering", None),
    (130, "Analyst", "Finance", Some(101)),
    (131, "Team Lead", "Finance", Some(101)),
    (132, "Clerk", "Finance", Some(101)),
    (133, "Engineer", "Engineering", None),
    (140, "Designer", "Engineering", Some(141)),
    (141, "Design Lead", "Engineering", Some(102)),
    (150, "Engineer", "Engineering", Some(102)),
    (151, "Engineer", "Engineering", Some(102)),
    (152, "Engineer", "Engineering", Some(102)),
    (153, "Engineer", "Engineering", Some(102)),
    (154, "Engineer", "Engineering", Some(102)),
    (155, "Engineer", "Engineering", Some(102)),
    (156, "Engineer", "Engineering", Some(102)),
    (157, "Engineer", "Engineering", Some(102)),
    (158, "Engineer", "Engineering", Some(102)),
    (159, "Engineer", "Engineering", Some(102)),
    (160, "Engineer", "Engineering", Some(102)),
    (161, "Engineer", "Engineering", Some(102)),
    (162, "Accountant", "Finance", Some(101)),
    (163, "Accountant", "Finance", Some(101)),
    (164, "Accountant", "Finance", Some(101)),
    (165, "Accountant", "Finance", Some(101)),
    (166, "Accountant", "Finance", Some(101)),
    (167, "Accountant", "Finance", Some(101)),
    (168, "Accountant", "Finance", Some(101)),
    (276, "Accountant", "Finance", None),
];

/// Number, first name, last name, e-mail, and the position held since the start.
const WORKERS: &[(u64, &str, &str, &str, Option<u64>)] = &[
    (11, "Astrid", "Lindholm", "astrid.lindholm@acme.test", Some(100)),
    (12, "Tomás", "O'Leary", "tomas.oleary@acme.test", Some(101)),
    (13, "Ngozi", "Adeyemi", "ngozi.adeyemi@acme.test", Some(102)),
    (14, "Pilar", "Reyes", "pilar.reyes@acme.test", Some(110)),
    (15, "Marek", "Novák", "marek.novak@acme.test", None),
    (16, "Dana", "Whitfield", "dana.whitfield@acme.test", Some(113)),
    (17, "Ines", "Farrow", "ines.farrow@acme.test", None),
    (18, "Jonas", "Keller", "jonas.keller@acme.test", None),
    (19, "Ruth", "Abara", "ruth.abara@acme.test", None),
    (20, "Samir", "Haddad", "samir.haddad@acme.test", None),
    (21, "Lena", "Brandt", "lena.brandt@acme.test", None),
    (22, "Yusuf", "Demir", "yusuf.demir@acme.test", Some(130)),
    (23, "Grace", "Osborne", "grace.osborne@acme.test", Some(123)),
    (24, "Kofi", "Mensah", "kofi.mensah@acme.test", Some(124)),
    (25, "Elsa", "Vik", "elsa.vik@acme.test", Some(125)),
    (26, "Hugo", "Laurent", "hugo.laurent@acme.test", Some(126)),
    (27, "Priya", "Raman", "priya.raman@acme.test", Some(129)),
    (28, "Noor", "Karimi", "", Some(150)),
    (29, "Bea", "Fontaine", "", Some(151)),
    (30, "Kim", "Park", "kim.park@acme.test", Some(152)),
    (31, "Kimberly", "Park", "kim.park@acme.test", Some(153)),
    (32, "Olive", "Hart", "olive.hart@home.test", Some(154)),
    (33, "Zoë", "Ångström-Łukasiewicz", "zoe.angstrom@acme.test", Some(155)),
    (34, "小龙", "李", "xiaolong.li@acme.test", Some(156)),
    (35, "ليلى", "حداد", "layla.haddad@acme.test", Some(157)),
    (36, "अनन्या", "शर्मा", "ananya.sharma@acme.test", Some(158)),
    (37, "Ярослава", "Ковальчук", "yaroslava.kovalchuk@acme.test", Some(159)),
    (38, "Pieter", "Berg", "piet.vanderberg@acme.test", Some(160)),
    (39, "Otto", "Falk", "otto.falk@acme.test", Some(161)),
    (40, "Wanda", "Ruiz", "wanda.ruiz@acme.test", Some(162)),
    (41, "Mira", "Osei", "mira.osei@acme.test", None),
    (42, "Henrik", "Dahl", "henrik.dahl@acme.test", Some(120)),
    (43, "Abel", "Costa", "abel.costa@acme.test", Some(163)),
    (44, "Tove", "Lund", "tove.lund@acme.test", Some(164)),
    (45, "Rosa", "Bianchi", "rosa.bianchi@acme.test", Some(165)),
    (46, "Ewan", "Grant", "ewan.grant@acme.test", None),
    (47, "Silvia", "Conti", "silvia.conti@acme.test", None),
    (48, "Bruno", "Silva", "bruno.silva@acme.test", Some(166)),
    (49, "Uma", "Krishnan", "uma.krishnan@acme.test", Some(167)),
    (50, "Ivo", "Petrov", "ivo.petrov@acme.test", Some(168)),
    (51, "Nadia", "Rossi", "nadia.rossi@acme.test", Some(140)),
];

/// Who has employments of their own.
const OTHERWISE_EMPLOYED: &[u64] = &[14, 15, 16, 17, 18, 41, 45, 46, 48, 49];

/// Adds the cast.
pub(super) fn join(company: &mut Company) {
    let start = date(2015, 1, 5);
    for &(id, title, department, parent) in POSITIONS {
        let job = company.job(title);
        let mut position = Position::new(id, &job, midnight(start));
        position.title = title.to_owned();
        position.department = Some(company.option(ListKind::Department, department));
        company.positions.insert(id, position);
        if let Some(parent) = parent {
            company.link(id, LINE, parent, Span::since(start)).expect("just put in");
        }
    }
    let office = company.option(ListKind::Location, "Leeds, UK");
    for &(id, first, last, email, position) in WORKERS {
        let mut worker = Worker::named(id, first, last, company.clock.now());
        worker.email = email.to_owned();
        worker.phone = format!("+44 113 496 {id:04}");
        worker.object_id = format!("0b1ec700-0000-4000-8000-{id:012x}");
        worker.location = Some(office);
        worker.original_hire_date = Some(start);
        company.workers.insert(id, worker);
        if !OTHERWISE_EMPLOYED.contains(&id) {
            Cast(company).employed(id, HOME, EmploymentKind::Employee, start, None);
        }
        if let Some(position) = position {
            Cast(company).holds(id, position, Span::since(start), true);
        }
    }
    let mut cast = Cast(company);
    cast.employments();
    cast.positions();
    cast.hierarchy();
    cast.fields();
    cast.mira();
}

/// Tells each special case; whom it is about is in the books already.
struct Cast<'a>(&'a mut Company);

impl Cast<'_> {
    fn employments(&mut self) {
        use EmploymentKind::{Contractor, Employee};
        let (tomorrow, yesterday) = (self.0.day(1), self.0.day(-1));
        let soon = self.0.day(30);
        // In two companies.
        self.employed(14, HOME, Employee, date(2015, 1, 5), None);
        self.employed(14, "DEMF", Employee, date(2020, 1, 1), None);
        // Left and came back.
        let end = Some(last_second(date(2016, 12, 31)));
        self.employed(15, HOME, Employee, date(2012, 4, 1), end);
        self.employed(15, HOME, Employee, date(2019, 6, 3), None);
        self.employed(16, HOME, Contractor, date(2015, 1, 5), None);
        // Starts tomorrow.
        self.employed(17, HOME, Employee, tomorrow, None);
        self.change(17, |worker| worker.original_hire_date = Some(tomorrow));
        // Left yesterday.
        self.employed(18, HOME, Employee, date(2015, 1, 5), Some(last_second(yesterday)));
        // Leaves in a month.
        self.employed(45, HOME, Employee, date(2015, 1, 5), Some(last_second(soon)));
        // Left long ago and comes back in a month.
        let end = Some(last_second(date(2020, 3, 31)));
        self.employed(46, HOME, Employee, date(2015, 1, 5), end);
        self.employed(46, HOME, Employee, soon, None);
        // An employee here, a contractor there.
        self.employed(48, HOME, Employee, date(2015, 1, 5), None);
        self.employed(48, "DEMF", Contractor, date(2021, 9, 1), None);
        // In another legal entity than the one they report to.
        self.employed(49, "DEMF", Employee, date(2015, 1, 5), None);
    }

    fn positions(&mut self) {
        let (tomorrow, yesterday) = (self.0.day(1), self.0.day(-1));
        let soon = self.0.day(30);
        self.holds(15, 112, Span::between(date(2012, 4, 1), date(2016, 12, 31)), true);
        self.holds(15, 111, Span::since(date(2019, 6, 3)), true);
        self.holds(17, 114, Span::since(tomorrow), true);
        self.holds(18, 115, Span::between(date(2015, 1, 5), yesterday), true);
        // Two positions, and no word which is the primary one.
        self.holds(20, 116, Span::since(date(2018, 2, 1)), false);
        self.holds(20, 117, Span::since(date(2020, 2, 1)), false);
        // Two primary ones.
        self.holds(21, 118, Span::since(date(2019, 5, 1)), true);
        self.holds(21, 119, Span::since(date(2021, 5, 1)), true);
        // Another primary one is still to come.
        self.holds(22, 131, Span::since(soon), true);
        self.holds(46, 132, Span::between(date(2019, 3, 1), date(2020, 3, 31)), true);
        self.holds(47, 132, Span::between(date(2015, 1, 5), date(2019, 2, 28)), true);
        self.holds(47, 133, Span::since(date(2019, 3, 1)), true);
        // Holds the position above their own too.
        self.holds(51, 141, Span::since(date(2022, 1, 1)), false);
    }

    fn hierarchy(&mut self) {
        let soon = self.0.day(30);
        // Below somebody in a matrix, below nobody in the line.
        self.below(129, "Matrix", 102, Span::since(date(2015, 1, 5)));
        // Below others in the past, now, and soon; and always in a matrix.
        self.below(133, LINE, 101, Span::between(date(2015, 1, 5), date(2022, 12, 31)));
        self.below(133, LINE, 102, Span::between(date(2023, 1, 1), self.0.day(29)));
        self.below(133, LINE, 100, Span::since(soon));
        self.below(133, "Matrix", 101, Span::since(date(2015, 1, 5)));
        for (department, head) in [("Finance", 12), ("Engineering", 13), ("Leadership", 11)] {
            let id = self.0.option(ListKind::Department, department);
            if let Some(department) = self.0.departments.get_mut(&id) {
                department.manager = Some(head);
            }
        }
    }

    fn fields(&mut self) {
        self.change(19, |worker| worker.title = "Adviser".to_owned());
        self.change(29, |worker| worker.identity_email = "bea.fontaine@acme.test".to_owned());
        self.change(32, |worker| worker.email_is_private = true);
        self.change(38, |worker| {
            worker.last_name_prefix = "van der".to_owned();
            worker.known_as = "Piet".to_owned();
        });
        self.change(39, |worker| worker.original_hire_date = None);
        self.change(44, |worker| worker.title = "Bookkeeper".to_owned());
        // Titles: a description, that of the job, and nothing but the worker's own.
        let bare = "BARE".to_owned();
        self.0.job("Payroll Clerk");
        let untold = super::books::Job {
            id: bare.clone(),
            description: String::new(),
            title: String::new(),
        };
        self.0.jobs.insert(bare.clone(), untold);
        let untitled = [
            (162, "Senior accountant, accruals", "Accountant"),
            (163, "", "PayrollClerk"),
            (164, "", "BARE"),
        ];
        for (position, description, job) in untitled {
            self.alter(position, |position| {
                position.title = String::new();
                position.description = description.to_owned();
                position.job = job.to_owned();
            });
        }
        // A department nobody knows.
        self.alter(168, |position| position.department = Some(999));
    }

    /// The worker of everybody's sample rows.
    fn mira(&mut self) {
        let since = date(2021, 2, 1);
        self.employed(41, HOME, EmploymentKind::Employee, since, None);
        self.holds(41, 276, Span::since(since), true);
        let moved = "2016-07-06T18:11:33Z".parse().expect("a time");
        self.below(276, LINE, 120, Span { from: moved, to: None });
        self.change(41, |worker| {
            worker.title = "Accountant".to_owned();
            worker.original_hire_date = None;
            worker.object_id = String::new();
        });
    }

    fn employed(
        &mut self,
        worker: u64,
        legal_entity: &str,
        kind: EmploymentKind,
        start: NaiveDate,
        end: Option<DateTime<Utc>>,
    ) {
        let employed = self.0.employ(worker, legal_entity, kind, midnight(start), end);
        employed.expect("in the cast");
    }

    fn holds(&mut self, worker: u64, position: u64, span: Span, primary: bool) {
        self.0.assign(position, worker, span, primary).expect("in the cast");
    }

    fn below(&mut self, position: u64, hierarchy: &str, parent: u64, span: Span) {
        self.0.link(position, hierarchy, parent, span).expect("in the cast");
    }

    fn change(&mut self, worker: u64, change: impl FnOnce(&mut Worker)) {
        self.0.alter(worker, change).expect("in the cast");
    }

    fn alter(&mut self, position: u64, change: impl FnOnce(&mut Position)) {
        self.0.alter_position(position, change).expect("in the cast");
    }
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}
