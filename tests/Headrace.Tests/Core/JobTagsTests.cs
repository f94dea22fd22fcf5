using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class JobTagsTests
{
    [Fact]
    public void Sets_with_the_same_tags_are_equal_in_any_order()
    {
        var tags = JobTags.Of(["b", "a", "b"]);

        Assert.Equal(["a", "b"], tags.Values);
        Assert.Equal(JobTags.Of(["a", "b"]), tags);
        Assert.Equal(JobTags.Of(["a", "b"]).GetHashCode(), tags.GetHashCode());
        Assert.NotEqual(JobTags.Of(["a"]), tags);
    }

    [Fact]
    public void No_tags_yield_the_shared_empty_set() => Assert.Same(JobTags.None, JobTags.Of([]));

    [Theory]
    [InlineData(Limits.MaxTags, Limits.MaxTagLength, true)]
    [InlineData(Limits.MaxTags + 1, 3, false)]
    [InlineData(1, Limits.MaxTagLength + 1, false)]
    [InlineData(1, 0, false)]
    public void The_number_and_length_of_tags_are_limited(int count, int length, bool accepted)
    {
        string[] tags = [.. Enumerable.Range(10, count).Select(i => length == 0 ? "" : $"{i}".PadRight(length, 'x'))];

        Assert.Equal(accepted, JobTags.TryCreate(tags, out var created));
        Assert.Equal(accepted ? count : 0, created.Values.Count);
    }
}
