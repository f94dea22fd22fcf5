using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Methods;
using Headrace.Apps.Benchop.Reference;
using Xunit;

namespace Headrace.Benchop.Tests.Reference;

public sealed class ReferenceAnswerTests
{
    [Theory]
    [InlineData(2.0)]
    [InlineData(-1.0)]
    [InlineData(1.2)]
    public void Two_computations_that_agree_to_no_digit_give_no_reference(double second)
    {
        var reference = ReferenceAnswer.Of("first way", [1, 1], "second way", [1, second]);

        var judgement = Judgement.Of(new PricingAnswer([1, 1], 1, null), reference, 1e-4);

        Assert.Equal((0, null), (reference.Digits, reference.Refusal));
        Assert.Empty(reference.Values);
        Assert.Equal((null, null, 0), (judgement.Error, judgement.Counts, judgement.ReferenceDigits));
        Assert.Matches("'first way' and 'second way' .* a single digit", judgement.Doubt);
    }

    [Fact]
    public void Two_computations_that_agree_to_one_digit_give_the_values_of_the_first()
    {
        var reference = ReferenceAnswer.Of("first way", [1, 1], "second way", [1, 1.05]);

        Assert.Equal(1, reference.Digits);
        Assert.Equal([1, 1], reference.Values);
    }
}
