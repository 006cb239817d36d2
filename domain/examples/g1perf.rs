use rollcall_domain::push::*;
use std::time::Instant;
fn main() {
    let mut users = Vec::new();
    for n in 0..50_000 {
        users.push(serde_json::json!({"hris_id": format!("E{n:06}"),"first_name":"Jöhn","last_name":format!("Doe {n}"),"email":format!("john.doe.{n}@example.com"),"job_title":"VP Engineering of something","phone_number":"+1 223-334-4355","employee_id":format!("X{n}"),"hire_date":"2016-10-25",
        "profile_image":{"url":format!("https://images.example.com/publicassets/misc/{n}-default-avatar.png"),"last_modified":23323123123123u64,"cache_info":"sadsaDSds343GzzZ"},
        "departments":[format!("Engineering > Team {}", n%300),"Customer Success > Support"],"active":true,"manager":{"hris_id":format!("E{:06}", n/8)}, "note":"x".repeat(60)}));
    }
    let body = serde_json::to_vec(&serde_json::json!({"users":users})).unwrap();
    drop(users);
    println!("{} bytes", body.len());
    for _ in 0..5 {
        let t = Instant::now();
        let v: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let a = t.elapsed();
        drop(v);
        let t = Instant::now();
        assert_eq!(validate(Form::Json, &body), Ok(50_000));
        let b = t.elapsed();
        let t = Instant::now();
        let mut r = Reader::new(Taking::default());
        let mut n = 0;
        let mut pages = vec![];
        for p in body.chunks(1 << 20) {
            r.push(p, &mut pages).unwrap();
            n += pages.drain(..).map(|p| p.len()).sum::<usize>();
        }
        r.finish(&mut pages).unwrap();
        n += pages.drain(..).map(|p| p.len()).sum::<usize>();
        let c = t.elapsed();
        assert_eq!(n, 50_000);
        println!(
            "value {a:?} validate {b:?} ({:.2}) read {c:?} ({:.2})",
            b.as_secs_f64() / a.as_secs_f64(),
            c.as_secs_f64() / a.as_secs_f64()
        );
    }
}
