//! One story, and the power cut at as many moments of it as are asked for.

use std::path::Path;

use super::{
    cut::{Cut, Fashion, Platter},
    revival::revive,
    story::{Life, Plan, Story, What},
    subject::Subject,
    tally::Tally,
    tape::Remains,
    violation::Violation,
};
use crate::dice::Dice;

/// What came of a story.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was tried.
    pub tally: Tally,
    /// The first promise that was not kept, with its place.
    pub violation: Option<Found>,
}

/// A violation, and where it was found.
#[derive(Debug)]
pub struct Found {
    /// Where.
    pub place: String,
    /// What.
    pub violation: Violation,
}

/// Tells a story and cuts the power so often in it.
pub fn try_story<S: Subject>(
    start: &Remains,
    plan: Plan,
    images: usize,
    dice: Dice,
    folder: &Path,
) -> Outcome {
    try_so::<S>(start, plan, dice, folder, |trial| trial.run(images))
}

/// The same, and the power is cut once more just as each step ends: what stands by
/// then and would not stand for certain is lost.
pub fn try_each_end<S: Subject>(
    start: &Remains,
    plan: Plan,
    images: usize,
    dice: Dice,
    folder: &Path,
) -> Outcome {
    try_so::<S>(start, plan, dice, folder, |trial| {
        trial.run(images);
        trial.cut_at_each_end();
    })
}

fn try_so<S: Subject>(
    start: &Remains,
    plan: Plan,
    mut dice: Dice,
    folder: &Path,
    cut: impl FnOnce(&mut Trial<'_, S>),
) -> Outcome {
    match Story::<S>::tell(start, plan, dice.part(), folder) {
        Ok(story) => {
            let mut trial = Trial::new(&story, folder, dice);
            cut(&mut trial);
            trial.outcome
        }
        Err(violation) => Outcome::violated("before any cut", violation),
    }
}

impl Outcome {
    /// Of a story that could not be told to its end.
    pub fn violated(place: &str, violation: Violation) -> Self {
        let place = place.to_owned();
        let tally = Tally {
            stories: 1,
            violations: 1,
            ..Tally::default()
        };
        Self {
            tally,
            violation: Some(Found { place, violation }),
        }
    }
}

struct Trial<'a, S: Subject> {
    story: &'a Story<S>,
    folder: &'a Path,
    dice: Dice,
    outcome: Outcome,
}

impl<'a, S: Subject> Trial<'a, S> {
    fn new(story: &'a Story<S>, folder: &'a Path, dice: Dice) -> Self {
        let tally = Tally {
            stories: 1,
            acts: story.acts.len(),
            operations: story.life.tape.len(),
            refused: story.refused,
            ..Tally::default()
        };
        let outcome = Outcome {
            tally,
            violation: None,
        };
        Self {
            story,
            folder,
            dice,
            outcome,
        }
    }

    /// Three cuts in four are of the story itself, spread over all its operations;
    /// the fourth cuts the power once more while the program comes up again.
    fn run(&mut self, images: usize) {
        let life = &self.story.life;
        let first_cuts = (images * 3).div_ceil(4);
        let mut platter = Platter::holding(&life.start, self.dice.part());
        let mut played = 0;
        for nth in 0..first_cuts {
            let position = self.position(nth, first_cuts);
            life.tape[played..position]
                .iter()
                .for_each(|op| platter.play(op));
            played = position;
            let revived = self.cut(&platter, life, position);
            if let Some(revived) = revived
                && nth % 3 == 2
                && self.outcome.tally.images < images
            {
                self.cut_again(&revived);
            }
        }
    }

    fn cut_at_each_end(&mut self) {
        let life = &self.story.life;
        let mut platter = Platter::holding(&life.start, self.dice.part());
        let mut played = 0;
        for end in life.steps.iter().map(|step| step.end) {
            life.tape[played..end]
                .iter()
                .for_each(|op| platter.play(op));
            played = end;
            self.cut_so(Fashion::Nothing, &platter, life, end);
        }
    }

    /// The places are spread evenly; each is thrown within its own share.
    fn position(&mut self, nth: usize, of: usize) -> usize {
        let places = self.story.life.tape.len() + 1;
        let (from, to) = (nth * places / of, (nth + 1) * places / of);
        from + self.dice.below((to - from).max(1))
    }

    fn cut(&mut self, platter: &Platter, life: &Life, position: usize) -> Option<Life> {
        let fashion = *self.dice.of(&Fashion::ALL);
        self.cut_so(fashion, platter, life, position)
    }

    fn cut_so(
        &mut self,
        fashion: Fashion,
        platter: &Platter,
        life: &Life,
        position: usize,
    ) -> Option<Life> {
        let cut = platter.cut(fashion, &mut self.dice);
        self.count(&cut, platter, life, position);
        let revived = revive(self.story, life, position, cut.remains, self.folder);
        revived
            .map_err(|violation| self.violated(violation, fashion, platter, life, position))
            .ok()
    }

    /// The power goes off again at any moment of a revival.
    fn cut_again(&mut self, life: &Life) {
        let position = self.dice.below(life.tape.len() + 1);
        let mut platter = Platter::holding(&life.start, self.dice.part());
        life.tape[..position].iter().for_each(|op| platter.play(op));
        self.cut(&platter, life, position);
    }

    fn is_first(&self, life: &Life) -> bool {
        std::ptr::eq(life, &raw const self.story.life)
    }

    fn count(&mut self, cut: &Cut, platter: &Platter, life: &Life, position: usize) {
        let first = self.is_first(life);
        let tally = &mut self.outcome.tally;
        tally.images += 1;
        tally.torn += usize::from(cut.torn);
        tally.reordered += usize::from(cut.reordered);
        tally.checkpoint += usize::from(platter.pending_in(S::DATABASE));
        let during = &mut tally.during;
        let doing = life.doing_at(position);
        let of = match doing.map(|step| step.what) {
            _ if !first => &mut during.recovery,
            Some(What::Act) => &mut during.act,
            Some(What::Open) if position < life.steps[0].end => &mut during.migration,
            Some(What::Open | What::Again | What::Close) | None => &mut during.rest,
        };
        *of += 1;
    }

    /// Counts it, and keeps the first one in its simplest form.
    fn violated(
        &mut self,
        violation: Violation,
        fashion: Fashion,
        platter: &Platter,
        life: &Life,
        position: usize,
    ) {
        self.outcome.tally.violations += 1;
        if self.outcome.violation.is_some() {
            return;
        }
        let simple = [Fashion::Nothing, Fashion::Everything].into_iter();
        let simpler = simple.filter_map(|fashion| {
            let remains = platter.cut(fashion, &mut self.dice).remains;
            let revived = revive(self.story, life, position, remains, self.folder);
            revived.err().map(|violation| (violation, fashion))
        });
        let simplest = simpler.into_iter().next();
        let (violation, fashion) = simplest.unwrap_or((violation, fashion));
        let place = self.place(platter, life, position, fashion);
        self.outcome.violation = Some(Found { place, violation });
    }

    fn place(&self, platter: &Platter, life: &Life, position: usize, fashion: Fashion) -> String {
        let (acknowledged, _) = life.standing_at(position);
        let again = if self.is_first(life) { "" } else { "a second " };
        let doing = match life.doing_at(position).map(|step| (step.what, step.done)) {
            Some((What::Act, done)) => S::words(&self.story.acts[done - 1].0),
            Some((What::Open, _)) => "opening".to_owned(),
            Some((What::Again, _)) => "asking again".to_owned(),
            Some((What::Close, _)) => "closing".to_owned(),
            None => "nothing".to_owned(),
        };
        let last = position.checked_sub(1).map(|last| &life.tape[last]);
        let after = last.map_or_else(|| "nothing".to_owned(), |op| platter.words(op));
        format!(
            "{again}cut after operation {position} ({after}), during {doing}, \
             {acknowledged} acts acknowledged; {}",
            fashion.words()
        )
    }
}
