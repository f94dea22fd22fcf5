using System.Text;
using Headrace.Apps.Pipeline;
using Headrace.Apps.Pipeline.Chains;
using Xunit;

namespace Headrace.Tests.Apps.Pipeline;

public sealed class ChainRuleTests
{
    private static readonly ChainLink Simulation = ChainLink.First("m7", 100);

    [Fact]
    public void A_simulated_value_is_recorded_then_evaluated_and_an_even_one_starts_a_chain_with_its_double()
    {
        var simulated = ChainRule.Decide(Simulation, Ended("""{"param":100,"value":12,"ranks":2,"mpi":null}"""));
        var cached = ChainRule.Decide(simulated.Next!, Ended("""{"param":100,"value":12}"""));
        var evaluated = ChainRule.Decide(cached.Next!, Ended("""{"param":100,"value":12,"next":24}"""));

        Assert.Equal(new ChainLink("m7", 0, ChainStep.UpdateCache, 100) { Value = 12 }, simulated.Next);
        Assert.Equal(new ChainLink("m7", 0, ChainStep.Evaluate, 100) { Value = 12 }, cached.Next);
        Assert.Equal(new ChainLink("m7", 1, ChainStep.Simulate, 24), evaluated.Next);
        Assert.Equal("m7.1", evaluated.Next!.Chain);
        Assert.False(simulated.HasFailed || cached.HasFailed || evaluated.HasFailed);
    }

    [Fact]
    public void A_chain_ends_with_an_odd_value()
    {
        var link = Simulation with { Step = ChainStep.Evaluate, Value = 13 };

        var turn = ChainRule.Decide(link, Ended("""{"param":100,"value":13,"next":null}"""));

        Assert.Null(turn.Next);
        Assert.False(turn.HasFailed);
        Assert.Equal("odd, the chain ends", turn.Text);
    }

    [Theory]
    [InlineData(0, 0L)]
    [InlineData(32766, 65532L)]
    [InlineData(1, null)]
    [InlineData(-3, null)]
    [InlineData(-4, -8L)]
    public void An_even_value_is_followed_by_its_double(long value, long? next) =>
        Assert.Equal(next, ChainRule.NextParam(value));

    [Fact]
    public void A_failed_simulation_stops_the_chain_and_the_text_says_where_and_why()
    {
        var turn = ChainRule.Decide(
            Simulation with
            {
                Generation = 2,
            },
            new StepOutcome(default, "failed (poison): The program was killed by SIGSEGV")
        );

        Assert.Null(turn.Next);
        Assert.True(turn.HasFailed);
        Assert.Equal(
            "failed (poison): The program was killed by SIGSEGV; chain m7.2 stops at simulate",
            turn.Text
        );
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("1.5")]
    [InlineData("\"12\"")]
    [InlineData("[12]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"value":null}""")]
    [InlineData("""{"value":9007199254740993}""")]
    [InlineData("99999999999999999999")]
    public void A_simulation_that_returns_rubbish_is_repeated_and_then_stops_the_chain(string rubbish)
    {
        var link = Simulation;
        for (var i = 1; i < ChainRule.MaxTries; i++)
        {
            var turn = ChainRule.Decide(link, Ended(rubbish));

            Assert.Equal(link with { Try = i + 1 }, turn.Next);
            Assert.False(turn.HasFailed);
            Assert.NotEqual(link.KeyIn("r"), turn.Next!.KeyIn("r"));
            link = turn.Next;
        }

        var last = ChainRule.Decide(link, Ended(rubbish));

        Assert.Null(last.Next);
        Assert.True(last.HasFailed);
        Assert.Contains("chain m7 stops at simulate", last.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_after_rubbish_continues_the_chain()
    {
        var again = ChainRule.Decide(Simulation, Ended("nonsense")).Next!;

        Assert.Equal(
            Simulation with
            {
                Step = ChainStep.UpdateCache,
                Value = 3,
            },
            ChainRule.Decide(again, Ended(" 3\n")).Next
        );
    }

    [Fact]
    public void What_a_program_promised_but_did_not_write_counts_as_rubbish()
    {
        var outcome = new StepOutcome(default, "failed (error): its result is not valid JSON") { IsRubbish = true };

        Assert.Equal(2, ChainRule.Decide(Simulation, outcome).Next?.Try);
        Assert.True(ChainRule.Decide(Simulation with { Try = ChainRule.MaxTries }, outcome).HasFailed);
    }

    [Fact]
    public void Rubbish_of_the_other_steps_stops_the_chain()
    {
        var link = Simulation with { Step = ChainStep.Evaluate, Value = 12 };

        var turn = ChainRule.Decide(link, Ended("24"));

        Assert.True(turn.HasFailed);
        Assert.EndsWith("chain m7 stops at evaluate", turn.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_job_of_a_line_of_chains_has_a_key_of_its_own()
    {
        var links =
            from generation in Enumerable.Range(0, 3)
            from step in Enum.GetValues<ChainStep>()
            from number in Enumerable.Range(1, 3)
            select Simulation with { Generation = generation, Step = step, Try = number };

        var keys = links.Select(link => link.KeyIn("run")).ToList();

        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    [Theory]
    [InlineData(null, 1, "simulate")]
    [InlineData(-7L, 3, "evaluate")]
    public void Tags_keep_the_whole_state_of_a_chain(long? value, int number, string step)
    {
        var link = new ChainLink("0123456789abcdef-12345", 17, ChainSteps.Find(step)!.Value, -Limits.Param)
        {
            Value = value,
            Try = number,
        };
        var tags = ChainTags.Write(link, "89abcdef01234567");

        Assert.Equal(link, ChainTags.Read(tags, "89abcdef01234567"));
        Assert.Null(ChainTags.Read(tags, "another"));
        Assert.Null(ChainTags.Read(null, "89abcdef01234567"));
        Assert.All(tags, tag => Assert.InRange(tag.Length, 1, 64));
    }

    private static StepOutcome Ended(string result) => new(Encoding.UTF8.GetBytes(result), null);
}
