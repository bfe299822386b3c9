//! The shortest story of a failure: steps are left out, in larger and then smaller
//! parts, as long as the same rule is still broken (delta debugging); then whatever
//! else went wrong by itself, and then places and people.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{
    bug::Bug,
    ground::Ground,
    model::Rule,
    plan::{Plan, Size, Step, Weather},
    story::Telling,
    world::World,
};

/// How long a shorter story is looked for.
const TIME: Duration = Duration::from_mins(1);

/// Looks for shorter plans that break the same rule.
struct Shrinker<'a> {
    plan: Plan,
    rule: Rule,
    bug: Option<Bug>,
    ground: &'a Ground,
    began: Instant,
}

/// The shortest plan found that breaks this rule as the given one does.
pub fn shortest(plan: Plan, rule: Rule, bug: Option<Bug>, ground: &Ground) -> Result<Plan> {
    let mut shrinker = Shrinker {
        plan,
        rule,
        bug,
        ground,
        began: Instant::now(),
    };
    shrinker.leave_out_steps()?;
    shrinker.clear_weather()?;
    shrinker.make_smaller()?;
    shrinker.leave_out_steps()?;
    Ok(shrinker.plan)
}

impl Shrinker<'_> {
    fn is_over(&self) -> bool {
        self.began.elapsed() > TIME
    }

    /// Takes this plan where it breaks the same rule. Whether it does.
    fn accept(&mut self, plan: Plan) -> Result<bool> {
        let outcome = World::run(plan.clone(), Telling::Silent, self.bug, self.ground)?;
        let breaks = outcome.violation.is_some_and(|it| it.rule == self.rule);
        if breaks {
            self.plan = plan;
        }
        Ok(breaks)
    }

    fn leave_out_steps(&mut self) -> Result<()> {
        let mut part = self.plan.steps.len().div_ceil(2);
        while part > 0 && !self.is_over() {
            self.leave_out_parts(part)?;
            part = if part == 1 { 0 } else { part.div_ceil(2) };
        }
        Ok(())
    }

    /// Tries without each part of this many steps, from the end.
    fn leave_out_parts(&mut self, part: usize) -> Result<()> {
        let mut end = self.plan.steps.len();
        while end > 0 && !self.is_over() {
            let start = end.saturating_sub(part);
            let steps = without(&self.plan.steps, start, end);
            let plan = self.plan.clone();
            self.accept(Plan { steps, ..plan })?;
            end = start;
        }
        Ok(())
    }

    fn clear_weather(&mut self) -> Result<()> {
        let calms: [fn(Weather) -> Weather; 10] = [
            |it| Weather { lost: 0, ..it },
            |it| Weather { doubled: 0, ..it },
            |it| Weather { slow: 0, ..it },
            |it| Weather { stale: 0, ..it },
            |it| Weather {
                reset_fails: 0,
                ..it
            },
            |it| Weather { misfits: 0, ..it },
            |it| Weather {
                disk_fails: 0,
                ..it
            },
            |it| Weather { breaks: 0, ..it },
            |it| Weather { gather_ms: 0, ..it },
            |it| Weather { skew_ms: 0, ..it },
        ];
        for calm in calms {
            let plan = self.plan.clone();
            let weather = calm(plan.weather);
            if weather != plan.weather && !self.is_over() {
                self.accept(Plan { weather, ..plan })?;
            }
        }
        Ok(())
    }

    fn make_smaller(&mut self) -> Result<()> {
        let halves: [fn(Size) -> Size; 5] = [
            |it| Size {
                tablets: it.tablets.div_ceil(2),
                ..it
            },
            |it| Size {
                kiosks: it.kiosks.div_ceil(2),
                ..it
            },
            |it| Size {
                venues: it.venues.div_ceil(2),
                ..it
            },
            |it| Size {
                borrowers: it.borrowers.div_ceil(2),
                ..it
            },
            |it| Size {
                operators: it.operators.div_ceil(2),
                ..it
            },
        ];
        for half in halves {
            while !self.is_over() {
                let plan = self.plan.clone();
                let size = half(plan.size);
                if size == plan.size || !self.accept(Plan { size, ..plan })? {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn without(steps: &[Step], start: usize, end: usize) -> Vec<Step> {
    [&steps[..start], &steps[end..]].concat()
}
