using Headrace.Core;
using Headrace.Server.Security;
using Xunit;

namespace Headrace.Tests.Server.Security;

public sealed class AdminKeyTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ThrowAwayFolder _folder = new();

    private SecretFile KeyFile => AdminKey.FileOf(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_key_is_in_a_file_that_only_its_user_can_read()
    {
        Assert.Null(KeyFile.TryRead());

        var key = KeyFile.Create();

        Assert.Matches("^hr_[A-Za-z0-9_-]{43}$", key);
        Assert.Equal(key, KeyFile.TryRead());
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder["admin.key"]));
        Assert.NotEqual(key, KeyFile.Create());
    }

    [Fact]
    public void A_deleted_file_is_written_again_and_an_existing_one_is_left_alone()
    {
        var key = KeyFile.Create();
        File.Delete(_folder["admin.key"]);

        Assert.True(KeyFile.Restore(key));
        Assert.False(KeyFile.Restore("hr_other"));
        Assert.Equal(key, KeyFile.TryRead());
    }

    [Fact]
    public void A_key_file_readable_by_other_users_is_restricted_to_its_owner()
    {
        KeyFile.Create();
        File.SetUnixFileMode(_folder["admin.key"], OwnerOnly | UnixFileMode.OtherRead);

        KeyFile.TryRead();

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_folder["admin.key"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("hr_short")]
    public void A_file_without_a_valid_key_is_rejected_with_the_remedy(string content)
    {
        File.WriteAllText(_folder["admin.key"], content);

        var refused = Assert.Throws<HeadraceException>(() => KeyFile.TryRead());

        Assert.Contains(_folder["admin.key"], refused.Message);
        Assert.Contains("Delete the file", refused.Message);
    }

    [Theory]
    [InlineData("none", "none", nameof(AdminKeyStep.Create))]
    [InlineData("none", "ours", nameof(AdminKeyStep.Store))]
    [InlineData("here", "ours", nameof(AdminKeyStep.Keep))]
    [InlineData("here", "none", nameof(AdminKeyStep.Create))]
    [InlineData("here", "other", nameof(AdminKeyStep.Store))]
    [InlineData("other machine", "none", nameof(AdminKeyStep.UseStored))]
    [InlineData("other folder", "none", nameof(AdminKeyStep.UseStored))]
    [InlineData("other machine", "ours", nameof(AdminKeyStep.Store))]
    [InlineData("other folder", "ours", nameof(AdminKeyStep.Store))]
    [InlineData("other machine", "other", nameof(AdminKeyStep.Refuse))]
    [InlineData("other folder", "other", nameof(AdminKeyStep.Refuse))]
    public void The_stored_hash_and_the_file_decide_what_a_start_does(string stored, string file, string step)
    {
        var document = new AdminKeyDocument
        {
            Hash = SecretText.Hash("hr_ours"),
            Machine = stored == "other machine" ? "b" : "a",
            Folder = stored == "other folder" ? "/two" : "/one",
            Created = DateTimeOffset.UnixEpoch,
        };

        var decided = AdminKeyRule.Decide(
            stored == "none" ? null : document,
            file == "none" ? null : $"hr_{file}",
            "a",
            "/one"
        );

        Assert.Equal(step, decided.ToString());
    }
}
