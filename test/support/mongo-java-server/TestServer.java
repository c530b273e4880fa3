import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import java.util.List;
import org.h2.mvstore.MVMap;

/** Serves one H2 file on loopback until its input ends: {@code TestServer <file> <port, or 0>}. */
public final class TestServer {
  /** The driver refuses the wire version that the library gives its own newest one. */
  private static final MongoVersion VERSION =
      new MongoVersion() {
        @Override
        public List<Integer> getVersionArray() {
          return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
          return 13;
        }
      };

  public static void main(String[] args) throws Exception {
    MongoServer server = new MongoServer(new Backend(args[0]).version(VERSION));
    server.bind("127.0.0.1", Integer.parseInt(args[1]));
    System.out.println("listens on " + server.getLocalAddress().getPort());
    while (System.in.read() >= 0) {}
    server.shutdownNow();
  }

  /** Its collections find a document by its {@code _id} when there are other conditions too. */
  private static final class Backend extends H2Backend {
    Backend(String file) {
      super(file);
    }

    @Override
    protected MongoDatabase openOrCreateDatabase(String name) {
      return new Database(name);
    }

    private final class Database extends H2Database {
      Database(String name) {
        super(name, getMvStore(), getCursorRegistry());
      }

      /** As the library does, in maps of the same names, but for the class. */
      @Override
      protected MongoCollection<Object> openOrCreateCollection(
          String name, CollectionOptions options) {
        String full = getFullCollectionNamespace(name);
        MVMap<Object, Document> documents = getMvStore().openMap("databases." + full);
        MVMap<String, Object> meta = getMvStore().openMap("meta." + full);
        return new Collection(this, name, options, documents, meta, cursorRegistry);
      }
    }
  }

  private static final class Collection extends H2Collection {
    Collection(
        MongoDatabase database,
        String name,
        CollectionOptions options,
        MVMap<Object, Document> documents,
        MVMap<String, Object> meta,
        CursorRegistry cursors) {
      super(database, name, options, documents, meta, cursors);
    }

    /** The library looks through all documents here, where MongoDB looks at one. */
    @Override
    protected QueryResult queryDocuments(
        Document query, Document order, int skip, int limit, int batchSize, Document projection) {
      Object id = query.get("_id");
      if (query.size() == 1 || !(id instanceof String)) {
        return super.queryDocuments(query, order, skip, limit, batchSize, projection);
      }
      List<Object> places = getDocument(id) == null ? List.of() : List.of(id);
      return matchDocuments(query, places, order, skip, limit, batchSize, projection);
    }
  }
}
