using Headrace.Worker.Warm;
using Xunit;

namespace Headrace.Tests.Worker.Warm;

/// <content>Tests of jobs that submit children.</content>
public sealed partial class WarmMachineTests
{
    [Fact]
    public void A_job_of_a_process_of_version_3_submits_children()
    {
        Begin(2);
        Execute(Machine.OnStarted());
        Frame(new WarmFrame.Ready(3));
        var submit = new WarmFrame.Submit(2, 1, [new WarmChild("{}"u8.ToArray(), default)]);

        var step = Assert.IsType<WarmStep.Submit>(Assert.Single(Machine.OnFrame(submit, _now)));

        Assert.Equal((1, submit), (step.Index, step.Request));
        Assert.Equal(0, _kills);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    public void A_process_of_an_earlier_version_that_submits_children_violates_the_protocol(uint version)
    {
        Begin(1);
        Execute(Machine.OnStarted());
        Frame(new WarmFrame.Ready(version));

        Frame(new WarmFrame.Submit(1, 1, []));

        Assert.Equal(1, _kills);
    }
}
